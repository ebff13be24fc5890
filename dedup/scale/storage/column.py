"""Arrays in files: rows of one kind, read and written at any place.

Knows: bytes, places, full disks. Does not know: what a column holds.

A column has no head: its length is that of the file. Which part of it counts, the manifest says.
Reads copy, so that what is resident is what a stage asked for. Only a stage that has room for a
whole column maps it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dedup.errors import InputError
from dedup.scale.failures import full_disk_named

#: Gaps up to so many bytes are read through rather than sought over.
_GAP = 4096

#: Bytes read in one go when rows here and there are wanted.
_STRETCH = 1 << 20

#: Bytes read in one go when they are spans.
_SPANS = 1 << 22

Rows = NDArray[np.int64]


class Short(InputError, EOFError):
    """A column has fewer rows than the manifest says."""


class Column:
    """Rows of ``width`` values each (0: plain values) in one file, little-endian.

    Safe to read from several threads.
    """

    def __init__(self, path: Path, dtype: DTypeLike, width: int = 0) -> None:
        self.path = path
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self._width = width
        self._size = self.dtype.itemsize * max(width, 1)
        with full_disk_named(path):
            self._file = open(path, "r+b" if path.exists() else "w+b", buffering=0)  # noqa: SIM115
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return os.fstat(self._file.fileno()).st_size // self._size

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Read rows ``start`` to before ``stop``. Raises Short where they aren't there."""
        shape = (stop - start, self._width) if self._width else (stop - start,)
        values = np.empty(shape, dtype=self.dtype)
        view = _bytes(values)
        with self._lock:
            self._file.seek(start * self._size)
            self._fill(view, stop)
        return values

    def _fill(self, view: memoryview, stop: int) -> None:
        """Read on until a buffer is full. Raises Short, naming the row that it ends at."""
        while view:
            count = self._file.readinto(view)
            if not count:
                raise Short(
                    str(self.path), f"ends before row {stop}",
                    "the work folder is damaged; remove it to start anew",
                )  # fmt: skip
            view = view[count:]

    def write(self, start: int, values: NDArray[Any]) -> None:
        """Write rows from ``start`` on."""
        view = _bytes(np.ascontiguousarray(values, dtype=self.dtype))
        with self._lock, full_disk_named(self.path):
            self._file.seek(start * self._size)
            while view:
                view = view[put(self._file, view) :]

    def append(self, values: NDArray[Any]) -> None:
        """Write rows behind the last."""
        self.write(len(self), values)

    def cut(self, length: int) -> None:
        """Drop all rows from ``length`` on. Raises InputError where there are fewer."""
        if len(self) < length:
            raise InputError(
                str(self.path), f"it has {len(self)} rows where {length} were written",
                "the work folder is damaged; remove it to start anew",
            )  # fmt: skip
        with self._lock:
            self._file.truncate(length * self._size)

    def gather(self, rows: Rows) -> NDArray[Any]:
        """Read some rows: int64 (m,), rising and distinct. Neighbours are read together."""
        shape = (len(rows), self._width) if self._width else (len(rows),)
        values = np.empty(shape, dtype=self.dtype)
        if not len(rows):
            return values
        apart = np.diff(rows) * self._size > _GAP
        # A stretch of neighbours ends at a gap, or where it would get too long.
        far = rows // max(1, _STRETCH // self._size)
        apart |= np.diff(far) > 0
        cuts = [0, *(np.flatnonzero(apart) + 1).tolist(), len(rows)]
        for begin, end in pairwise(cuts):
            some = rows[begin:end]
            low = int(some[0])
            values[begin:end] = self.read(low, int(some[-1]) + 1)[some - low]
        return values

    def spans(self, starts: Rows, lengths: Rows) -> Iterator[list[bytes]]:
        """Read spans of bytes, rising: int64 (m,) each; as many at a time as are read together."""
        apart = starts[1:] - (starts + lengths)[:-1] > _GAP
        apart |= np.diff(starts // _SPANS) > 0
        cuts = [0, *(np.flatnonzero(apart) + 1).tolist(), len(starts)] if len(starts) else []
        for low, high in pairwise(cuts):
            begin = int(starts[low])
            raw = self.read(begin, int(starts[high - 1] + lengths[high - 1])).tobytes()
            places = (starts[low:high] - begin).tolist()
            sizes = lengths[low:high].tolist()
            yield [raw[at : at + size] for at, size in zip(places, sizes, strict=True)]

    def packed(self, starts: Rows, lengths: Rows) -> NDArray[np.uint8]:
        """Read spans of bytes from anywhere, one behind the other, in the order given.

        starts, lengths: int64 (m,) each. Those that lie behind each other in the file too are read
        together. Cost: 2 us for each stretch that is read. Raises Short where one isn't there.
        """
        found = np.empty(int(lengths.sum()), dtype=np.uint8)
        view = found.data
        ends = starts + lengths
        first = np.flatnonzero(np.append(True, starts[1:] != ends[:-1])) if len(starts) else starts
        at = 0
        sizes = np.add.reduceat(lengths, first).tolist() if len(first) else []
        with self._lock:
            for begin, size in zip(starts[first].tolist(), sizes, strict=True):
                self._file.seek(begin)
                self._fill(view[at : at + size], begin + size)
                at += size
        return found

    def mapped(self) -> memoryview:
        """Map all rows into memory as bytes. What is looked at stays resident."""
        if not len(self):
            return memoryview(b"")
        return np.memmap(self.path, np.uint8, "r").data

    def sync(self) -> None:
        """Wait until the disk has it."""
        with full_disk_named(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def put(file: FileIO, view: memoryview) -> int:
    """Write some of the bytes; returns how many."""
    return file.write(view) or 0


def _bytes(values: NDArray[Any]) -> memoryview:
    """Look at an array as bytes."""
    return values.reshape(-1).view(np.uint8).data if values.size else memoryview(b"")
