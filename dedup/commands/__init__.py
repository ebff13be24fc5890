"""Commands: parse, call, print.

Knows: options, exit codes, which report goes where. Does not know: how anything is found, read, cut
or written. ``options`` are shared; ``cli`` is the way in.
"""
