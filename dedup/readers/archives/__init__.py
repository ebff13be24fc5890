"""Archives to documents: records of WARC, how they are packed, HTTP within them."""
