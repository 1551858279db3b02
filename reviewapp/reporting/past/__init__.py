"""The flow diagram as it stood at any moment, and what changed between two."""
