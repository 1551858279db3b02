"""One module for each format; a module that holds `READER` is found by itself."""
