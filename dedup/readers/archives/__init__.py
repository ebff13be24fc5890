"""WARC archives: how they are unpacked and cut into records, and the HTTP responses in these."""
