"""The store on a Redis server, shared by any number of machines.

Knows: what is where on the server (``layout``), what is asked of it and in which order (``pages``,
``filling``, ``contents``), the scripts that run there (``scripts``, ``upkeep``), addresses and
errors (``server``). Does not know: the rule,
texts beyond their bytes. ``store`` calls, ``awaited`` awaits; both say the same.

Format 1. All keys of an index begin with ``{prefix}:``, so they share a hash tag and a cluster
keeps them together; scripts are handed every key they touch. All of them are hashes.

    meta    program, format, settings (JSON), created, bits, ttl, mark (made of those; every script
            asks for it), next number, changes and removals (how many there ever were), removed
            (since the last ``compact``); band, slot and row that the sweep has come to
    rows    number -> last time met (8 bytes), first (8), how often (4), fingerprint (16), sketch
    texts   number -> length of the sender's key (4), the key, the body
    0 1 ..  a band: slot -> entries of seven bytes: the low three of the key, a number (4). The
            first ``bits`` bits of a key choose its slot. The last two bands are those of
            fingerprints and of senders' keys

Numbers are 32-bit integers, slots 24-bit, all little-endian. A number that is not in ``rows``, or
that with a ``ttl`` was not met for so long, is not there, whatever slots say; slots are cleaned of
such numbers by ``compact`` and, with a ``ttl``, bit by bit as pages are written.
"""
