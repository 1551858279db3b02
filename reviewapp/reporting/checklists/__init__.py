"""Reporting checklists: what their items ask, what the data answer by themselves, and what authors add."""
