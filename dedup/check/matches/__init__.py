"""Which paragraphs repeat which, and how matches are joined into findings."""
