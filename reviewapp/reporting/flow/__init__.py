"""What the team shows in the flow diagram beyond what the rows say, and the diagram as a Word file."""
