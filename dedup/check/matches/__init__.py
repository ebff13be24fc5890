"""Which paragraphs repeat which, and how these are put together."""
