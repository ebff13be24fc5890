"""What was found, for people and for programs: one module a format.

Knows: nothing by itself; ``findings`` holds what every format shows. Does not know: how copies are
found.
"""
