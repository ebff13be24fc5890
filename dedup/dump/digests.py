"""Digests of what a job read and wrote of a file, by which ``restore`` knows both again.

Knows: xxh3_128 over bytes as unpacked. Does not know: files, containers, the manifest.
"""

from __future__ import annotations

from xxhash import xxh3_128


def text_bytes(text: str) -> bytes:
    """Give what the digest of the rows of Parquet is made of, for one text."""
    raw = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(raw), raw)


class Trace:
    """The digests of what is read and of what is written, as unpacked, and how much that was."""

    def __init__(self) -> None:
        self.before, self.after = xxh3_128(), xxh3_128()
        self.size = 0
        self._marked = (self.before, self.after, 0)
        self.read = self.before.update

    def wrote(self, piece: bytes) -> None:
        """Follow what is written."""
        self.after.update(piece)
        self.size += len(piece)

    def mark(self) -> None:
        """Remember how far that is."""
        self._marked = (self.before.copy(), self.after.copy(), self.size)

    def take_back(self) -> None:
        """Go back to the mark."""
        self.before, self.after, self.size = self._marked
        self.read = self.before.update
