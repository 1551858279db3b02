"""REFI-QDA 1.5: projects (.qdpx) and codebooks (.qdc), written and read, as plain values without a database.

Places are Unicode code points of the plain text, the end exclusive. `Project.xsd` is the public schema (MIT, its notice in it).
"""
