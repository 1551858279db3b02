"""Endpoints of screening, one module for each part of the work."""
