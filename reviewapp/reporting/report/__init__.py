"""The report: one document filled from the rows, and how it becomes a Word file, a page and a PDF."""
