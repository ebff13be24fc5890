"""Random and damaged input for everything that reads what strangers wrote.

Knows: targets, each with the inputs it is given and the promises it is held to. ``python -m
tests.fuzz --minutes 10`` goes round them; ``--help`` says what else it takes. Does not know: what a
right answer is, beyond the promises: documented errors alone, places inside the text, the same
bytes after ``restore``, the laws of ``find`` against brute force, an end within seconds and little
memory.

``kept/`` holds the smallest inputs of faults that were found and mended; the tests run them.
"""
