"""The store on a Redis server, shared by any number of machines.

Knows: what is where on the server (``layout``), which requests are made in which order (``pages``,
``bulk_load``, ``contents``), the scripts that run there (``scripts``, ``maintenance``), addresses
and errors (``server``), the bytes that are sent (``line``). Does not know: the rule, texts beyond
their bytes. ``store`` calls and ``aio`` awaits; both carry out the same exchanges.

Format 1. All keys of an index begin with ``{prefix}:``, so they share a hash tag and a cluster
keeps them together; scripts are handed every key they touch. All of them are hashes.

    meta    program, format, settings (JSON), created, bits, ttl, mark (made of those; every script
            asks for it), next number, changes and removals (how many there ever were), removed
            (since the last ``compact``); band, slot and row that the sweep has come to
    rows    number -> last time met (8 bytes), first (8), how often (4), fingerprint (16), sketch
    texts   number -> length of the user's key (4), the key, the payload
    0 1 ..  a band: slot -> entries of seven bytes: the low three of the band key, a number (4). The
            first ``bits`` bits of a band key choose its slot. The last two bands are those of
            fingerprints and of users' keys

Numbers are 32-bit integers, slots 24-bit, all little-endian. A number
that is not in ``rows``, or that was not met for the ``ttl``, is not stored, whatever slots say.
Such numbers are dropped from slots by ``compact`` and, with a ``ttl``, bit by bit as pages are
written.
"""
