"""What was found, for people and for programs: one module a format.

Does not know: how copies are found. ``findings`` holds what every format shows.
"""
