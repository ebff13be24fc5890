"""What was found, for people and for programs: one module a format.

Knows: nothing; see ``findings`` for what every format shows. Does not know: how copies are found.
"""
