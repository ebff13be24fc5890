"""Files that are one document each: text and HTML, with the encodings of pages."""
