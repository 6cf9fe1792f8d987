"""One file, one URL: layout and its callbacks together."""
