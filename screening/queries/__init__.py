"""Reads shaped for pages, the API and exports. What is hidden comes only through screening.visibility."""
