"""How far a file has been read. Knows nothing of what is in it."""

from __future__ import annotations

from typing import BinaryIO


class Meter:
    """Says how many bytes of a file were taken, as it is packed, by whoever reads it in order."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._at = 0

    def follow(self, file: BinaryIO) -> None:
        """Be told which file it is."""
        self._file = file

    @property
    def at(self) -> int:
        """How many bytes; 0 of what isn't followed. Those that wait to be unpacked count."""
        if self._file is not None and not self._file.closed and self._file.seekable():
            self._at = self._file.tell()
        return self._at
