"""The host of a URL.

Knows: where in a URL it stands, and which spellings are one host. Does not know: anything else of
URLs.
"""

from __future__ import annotations

_WWW = "www."


def host_of(url: str) -> str:
    """Give the host of a URL in its one spelling; empty where there is none. Raises nothing.

    Without user, port, ``www.`` and a dot at the end, in lower case; names beyond ASCII are the
    same as what stands for them in the DNS, and are given as people write them.

    >>> host_of("https://user@www.Example.org:8080/a?b#c"), host_of("line 3")
    ('example.org', '')
    >>> host_of("http://xn--mnchen-3ya.de/") == host_of("http://WWW.München.de.")
    True
    """
    _, slashes, rest = url.partition("://")
    if not slashes:
        return ""
    place = rest
    for mark in "/?#\\":
        place = place.partition(mark)[0]
    place = place.rpartition("@")[2]
    host = place[: place.find("]") + 1] if place.startswith("[") else place.partition(":")[0]
    return spelled(host)


def spelled(host: str) -> str:
    """Give a host in its one spelling; see ``host_of``."""
    host = host.strip().rstrip(".").lower()
    if not host.isascii() or "xn--" in host:
        host = _as_people_write(host)
    bare = host.removeprefix(_WWW)
    return bare if "." in bare else host


def _as_people_write(host: str) -> str:
    """Give a name of the DNS, in either of its forms, as people write it."""
    import idna

    try:
        return idna.decode(idna.encode(host, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return host
