"""Band keys to pairs worth comparing and members of hot buckets, in radix files.

Knows: bands, ranges of keys, threads, blocks of sketches. Does not know: texts, who is kept.

Each band is read by itself, its keys sorted, a range of them at a time where all don't fit. Threads
share the sketches. Where these fit into half of the memory, pairs are looked at as they are found;
else all pairs are spilled by the blocks of rows they join, and looked at block against block. So
beyond that size every pair that meets costs 8 bytes on the disk, and sketches are read once for
each block: from some 1e7 rows on at 1 GB, 10 times at 1e8.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import combinations_with_replacement
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from dedup.core import candidates
from dedup.core.candidates import Shared
from dedup.progress import Progress
from dedup.scale.budget import Memory
from dedup.scale.stages.heads import own_heads, spans
from dedup.scale.stages.sketches import Sketches, agreement, arrange, read_all
from dedup.scale.storage.column import Column
from dedup.scale.storage.folder import Facts
from dedup.scale.storage.layout import Files
from dedup.scale.storage.radix import Packed, Ranges, pieces

#: Bytes a key takes while it is sorted and its bucket found.
_KEY = 40

#: Members of small buckets whose pairs are listed in one go.
_MEMBERS = 1 << 14

#: Pairs gathered before repeats are dropped and the rest is written.
_GATHERED = 1 << 21

#: Bytes a piece takes for each pair and each membership while it is compared or decided.
_PIECE = 100

Rows = NDArray[np.int64]


def bucket(
    files: Files,
    facts: Facts,
    least: int,
    memory: Memory,
    report: Progress,
) -> Facts:
    """Find the likely pairs of small buckets and the members of hot ones; mark who meets.

    least: in how many places the sketches of a likely pair agree.
    """
    found = _Meetings(files, facts, least, memory)
    bands = files.bands
    with ThreadPoolExecutor(memory.workers) as threads:
        for done, _ in enumerate(threads.map(found.take_band, range(bands)), 1):
            report("buckets", done, bands)
    found.finish(report)
    return found.facts()


class _Meetings:
    """What meets in the buckets, band by band."""

    def __init__(self, files: Files, facts: Facts, least: int, memory: Memory) -> None:
        self._files, self._least, self._memory = files, least, memory
        self._count, self._unit = facts["paragraphs"], facts["unit"]
        self._rows = facts["rows"]
        self.pairs = Ranges(files.folder, "raw", self._rows)
        self.hot = Ranges(files.folder, "hot", self._rows)
        self.pairs.clear()
        self.hot.clear()
        self._buckets = 0
        self._wanted = np.zeros(self._rows, dtype=bool)
        self._lock = Lock()
        self._gathered: list[Packed] = []
        self._size = 0
        self._table: NDArray[np.uint64] | None = None
        self._blocks: _Blocks | None = None
        each = 8 * files.sketch_words
        if self._rows * each <= memory.arrays // 2:
            self._table = read_all(files, self._count, self._unit, self._rows)
            left = memory.arrays - self._rows * each
        else:
            self._blocks = _Blocks(files, self._rows, memory.rows(each, 0.25))
            left = memory.arrays
        self._keys_at_a_time = max(1, int(0.8 * left) // memory.workers // _KEY)

    def take_band(self, band: int) -> None:
        """Find who meets in one band, a range of keys at a time."""
        parts = -(-self._rows // self._keys_at_a_time) or 1
        for part in range(parts):
            band_part = candidates.meeting(self._read_keys(band, part, parts))
            small, hot = candidates.by_size(band_part)
            self._take_hot(hot)
            for some in candidates.slices(small, _MEMBERS):
                found = candidates.pairs(some, self._table, self._least)
                if self._blocks is not None:
                    self._blocks.spill(found)
                else:
                    self._gather(found)

    def _read_keys(self, band: int, part: int, parts: int) -> Packed:
        """Read the keys of one band that lie in one range, as ``key << 32 | row``."""
        found = np.empty(self._rows if parts == 1 else 0, dtype=np.uint64)
        ranged = []
        filled = 0
        for start, stop in spans(self._count, self._unit):
            own = own_heads(self._files, start, stop)
            at = start * self._files.bands + band * (stop - start)
            keys = self._files.keys.read(at, at + stop - start)[own].astype(np.uint64)
            rows = self._files.row.read(start, stop)[own]
            packed = keys << np.uint64(32) | rows
            if parts == 1:
                found[filled : filled + len(own)] = packed
                filled += len(own)
            else:
                ranged.append(packed[keys * np.uint64(parts) >> np.uint64(32) == part])
        return found if parts == 1 else np.concatenate(ranged)

    def _take_hot(self, hot: Shared) -> None:
        """Number the hot buckets and spill who is in them."""
        if not len(hot.sizes):
            return
        with self._lock:
            first = self._buckets
            self._buckets += len(hot.sizes)
            self._wanted[hot.rows] = True
        number = np.repeat(np.arange(first, first + len(hot.sizes)), hot.sizes)
        records = candidates.pack(hot.rows.astype(np.int64), number)
        records.sort()
        self.hot.spill(records)

    def _gather(self, found: Packed) -> None:
        """Gather likely pairs, by their later row; write them when there are many."""
        earlier, later = candidates.unpack(found)
        turned = candidates.pack(later, earlier)
        with self._lock:
            self._wanted[earlier] = self._wanted[later] = True
            self._gathered.append(turned)
            self._size += len(turned)
            if self._size < _GATHERED:
                return
            whole = candidates.distinct(self._gathered)
            # Most are repeats of other bands: hold them as long as that is so.
            if len(whole) < _GATHERED // 2:
                self._gathered, self._size = [whole], len(whole)
                return
            self._gathered, self._size = [], 0
        self.pairs.spill(whole)

    def finish(self, report: Progress) -> None:
        """Look at what was spilled unseen, and write what was gathered."""
        if self._blocks is not None:
            arrange(
                self._files, self._count, self._unit, self._rows, self._memory.rows(
                    8 * self._files.sketch_words, 0.5
                ),
            )  # fmt: skip
            for done, found in enumerate(self._blocks.likely(self._least), 1):
                self._gather(found)
                report("look", done, self._blocks.number)
        self.pairs.spill(candidates.distinct(self._gathered))
        self._files.fresh("wanted").append(self._wanted)

    def facts(self) -> Facts:
        """Tell how many hot buckets there are, and into which pieces the rows are cut."""
        weights = self.pairs.counts + self.hot.counts
        most = max(1, self._memory.piece // _PIECE)
        cut = pieces(self.pairs, weights, self._rows, most)
        return {
            "hot_buckets": self._buckets,
            "raw_pairs": int(self.pairs.counts.sum()),
            "memberships": int(self.hot.counts.sum()),
            "pieces": [piece.high for piece in cut],
        }


class _Blocks:
    """Pairs spilled by the blocks of rows they join, to be looked at block against block."""

    def __init__(self, files: Files, rows: int, size: int) -> None:
        self._files, self._rows, self._size = files, rows, size
        self._blocks = -(-rows // size)
        self.number = self._blocks * (self._blocks + 1) // 2
        self._lock = Lock()
        self._buffers: dict[tuple[int, int], list[Packed]] = {}
        self._held = 0
        for a, b in combinations_with_replacement(range(self._blocks), 2):
            with self._file(a, b) as file:
                file.cut(0)

    def _file(self, a: int, b: int) -> AbstractContextManager[Column]:
        return self._files.folder.opened(f"unseen.{a:03d}.{b:03d}", "u8")

    def spill(self, found: Packed) -> None:
        """Write pairs to the files of their blocks, gathered first so that writes are large."""
        earlier, later = candidates.unpack(found)
        joined = (earlier // self._size) * self._blocks + later // self._size
        order = np.argsort(joined, kind="stable")
        found, joined = found[order], joined[order]
        names, first = np.unique(joined, return_index=True)
        with self._lock:
            for name, part in zip(names.tolist(), np.split(found, first[1:]), strict=True):
                self._buffers.setdefault(divmod(name, self._blocks), []).append(part)
            self._held += len(found)
            if self._held >= _GATHERED:
                self._flush()

    def _flush(self) -> None:
        for (a, b), parts in self._buffers.items():
            with self._file(a, b) as file:
                file.append(np.concatenate(parts))
        self._buffers, self._held = {}, 0

    def _sketches(self, block: int) -> Sketches:
        low = block * self._size
        return Sketches(self._files.by_row.read(low, min(low + self._size, self._rows)), low)

    def likely(self, least: int) -> Iterator[Packed]:
        """Look at all pairs, some at a time; yield those that are worth comparing."""
        self._flush()
        for a in range(self._blocks):
            one = self._sketches(a)
            for b in range(a, self._blocks):
                found = [np.empty(0, dtype=np.uint64)]
                with self._file(a, b) as file:
                    other = one if a == b or not len(file) else self._sketches(b)
                    for start, stop in spans(len(file), _GATHERED):
                        some = file.read(start, stop)
                        i, j = candidates.unpack(some)
                        found.append(some[agreement(one, other, i, j) >= least])
                    file.cut(0)
                yield np.concatenate(found)
