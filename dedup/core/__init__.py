"""The pure stages: texts to tokens to fingerprints, signatures, candidates and decisions.

Nothing below this package opens a file, prints, reads the clock or knows a file format.
"""
