"""The check of a repository: which files, what is accepted or switched off, what is found.

Knows: nothing; a module each. Does not know: how paragraphs are compared (``dedup.search``) or
cut (``dedup.segment``).
"""
