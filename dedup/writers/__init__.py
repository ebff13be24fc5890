"""Documents back to where they are kept: one module a container.

Knows: nothing. Does not know: how a document was cleaned.
"""
