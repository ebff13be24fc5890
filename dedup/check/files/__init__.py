"""The files that are checked, and the paragraphs in them."""
