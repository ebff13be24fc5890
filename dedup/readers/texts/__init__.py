"""Files that are one document: text and HTML, the encodings of pages, texts too long to be held."""
