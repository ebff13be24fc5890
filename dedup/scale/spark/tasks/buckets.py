"""Band keys to pairs of small buckets and members of hot buckets, on an executor.

Knows: blobs of keys, targets, how rows are numbered while a target is sorted. Does not know:
Spark, texts, which rows are kept.

A target is a range of keys of one band. There are many targets, so that tasks take the same time.
A blob holds keys of one target, and the gaps between their rows; so a key and its row take some 5
bytes in the shuffle. Of a hot bucket only the members are listed, 8 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core import candidates, sketch
from dedup.core.candidates import Shared
from dedup.scale.spark.tasks.arrow import Rows, batch_of, matrix, values

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: Rows that are packed together, keys of a blob, pairs gathered before repeats are dropped.
_BLOCK, _BLOB, _GATHERED = 1 << 15, 1 << 12, 1 << 19

#: Makes the numbers of buckets differ by band, where keys and scopes fill all 64 bits.
_APART = 0x9E3779B97F4A7C15

#: Members of small buckets whose pairs are listed together.
_MEMBERS = 1 << 15

Keys = NDArray[np.uint64]


class PackKeys(NamedTuple):
    """Pack band keys into blobs. per_band: targets of a band."""

    per_band: int
    scoped: bool

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns row, keys, sketch; write target, base (the first row), keys, gaps."""
        held: list[tuple[Rows, Keys]] = []
        count = 0
        for batch in batches:
            if not batch.num_rows:
                continue
            held.append((values(batch, "row"), self._keys(batch)))
            count += batch.num_rows
            if count >= _BLOCK:
                yield from self._block(held)
                held, count = [], 0
        if held:
            yield from self._block(held)

    def _keys(self, batch: RecordBatch) -> Keys:
        keys = matrix(batch.column("keys"), np.uint32).astype(np.uint64) << np.uint64(32)
        if self.scoped:
            # Equal keys in different scopes must not share a bucket.
            keys ^= matrix(batch.column("sketch"), np.uint64)[:, -1:]
        return keys

    def _block(self, held: list[tuple[Rows, Keys]]) -> Iterator[RecordBatch]:
        rows = np.concatenate([each for each, _ in held])
        keys = np.concatenate([each for _, each in held])
        order = np.argsort(rows, kind="stable")
        rows, keys = rows[order], keys[order]
        for band in range(keys.shape[1]):
            mine = np.ascontiguousarray(keys[:, band])
            part = (mine >> np.uint64(32)) * np.uint64(self.per_band) >> np.uint64(32)
            order = np.argsort(part, kind="stable")
            cuts = np.searchsorted(part[order], np.arange(self.per_band + 1)).tolist()
            columns: dict[str, list[Any]] = {"target": [], "base": [], "keys": [], "gaps": []}
            for number in range(self.per_band):
                for begin in range(cuts[number], cuts[number + 1], _BLOB):
                    some = order[begin : min(begin + _BLOB, cuts[number + 1])]
                    columns["target"].append(band * self.per_band + number)
                    columns["base"].append(int(rows[some[0]]))
                    columns["keys"].append(self._written(mine[some]))
                    columns["gaps"].append(_gaps(rows[some]))
            if columns["base"]:
                columns["target"] = np.array(columns["target"], dtype=np.int32)  # type: ignore[assignment]
                yield batch_of(**columns)

    def _written(self, keys: Keys) -> bytes:
        if self.scoped:
            return keys.tobytes()
        return (keys >> np.uint64(32)).astype(np.uint32).tobytes()


def _gaps(rows: Rows) -> bytes:
    """Write the gaps between rising rows, each in as many bytes as the first byte says."""
    gaps = np.diff(rows, prepend=rows[0])
    most = int(gaps.max())
    for width in (1, 2, 4):
        if most < 1 << 8 * width:
            return bytes([width]) + gaps.astype(f"<u{width}").tobytes()
    return bytes([8]) + gaps.astype("<u8").tobytes()


def _rows(base: int, gaps: bytes) -> Rows:
    found: Rows = np.frombuffer(gaps, dtype=f"<u{gaps[0]}", offset=1).astype(np.int64)
    return base + np.cumsum(found)


class Meet(NamedTuple):
    """Find the rows that share a key. per_band: targets of a band; cap: most in a small bucket."""

    per_band: int
    scoped: bool
    cap: int = candidates.CAP

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read blobs, by target; write pairs (a earlier, b later), or if hot (a bucket, b row)."""
        gathered: list[tuple[Rows, Rows]] = []
        count = 0
        for target, rows, keys in self._by_target(batches):
            names, shared = _meeting(rows, keys, self.scoped)
            small, hot = candidates.by_size(shared, self.cap)
            if len(hot.sizes):
                yield self._hot(target // self.per_band, names, hot, rows, keys)
            for some in candidates.slices(small, _MEMBERS):
                earlier, later = candidates.unpack(candidates.pairs(some))
                gathered.append((names[earlier], names[later]))
                count += len(earlier)
            if count >= _GATHERED:
                yield _distinct(gathered)
                gathered, count = [], 0
        if gathered:
            yield _distinct(gathered)

    def _hot(self, band: int, names: Rows, hot: Shared, rows: Rows, keys: Keys) -> RecordBatch:
        """List the members of hot buckets with the number of the bucket, which its key gives."""
        members = names[hot.rows.astype(np.int64)]
        order = np.argsort(rows, kind="stable")
        key = keys[order][np.searchsorted(rows[order], members)]
        if self.scoped:
            key = key ^ np.uint64(band * _APART & (1 << 64) - 1)
        else:
            key = np.uint64(band) << np.uint64(32) | key >> np.uint64(32)
        columns = np.ones(len(members), dtype=bool)
        return batch_of(a=key.view(np.int64), b=members, hot=columns)

    def _by_target(self, batches: Iterable[RecordBatch]) -> Iterator[tuple[int, Rows, Keys]]:
        target = -1
        rows: list[Rows] = []
        keys: list[Keys] = []
        for batch in batches:
            lists = (batch.column(name).to_pylist() for name in ("target", "base", "keys", "gaps"))
            for own, base, written, gaps in zip(*lists, strict=True):
                if own != target and rows:
                    yield target, np.concatenate(rows), np.concatenate(keys)
                    rows, keys = [], []
                target = own
                rows.append(_rows(base, gaps))
                keys.append(self._read(written))
        if rows:
            yield target, np.concatenate(rows), np.concatenate(keys)

    def _read(self, written: bytes) -> Keys:
        if self.scoped:
            return np.frombuffer(written, dtype=np.uint64)
        return np.frombuffer(written, dtype=np.uint32).astype(np.uint64) << np.uint64(32)


def _meeting(rows: Rows, keys: Keys, scoped: bool) -> tuple[Rows, Shared]:
    """Sort the keys of a target into buckets of numbers: (the row of each number, the buckets)."""
    order = np.argsort(rows, kind="stable")
    if scoped:
        _, number = np.unique(keys, return_inverse=True)
        keys = number.astype(np.uint64) << np.uint64(32)
    return rows[order], candidates.meeting(keys[order] | np.arange(len(rows), dtype=np.uint64))


def _distinct(gathered: list[tuple[Rows, Rows]]) -> RecordBatch:
    """Drop repeated pairs, which several bands of this task propose."""
    earlier = np.concatenate([each for each, _ in gathered])
    later = np.concatenate([each for _, each in gathered])
    order = np.lexsort((later, earlier))
    earlier, later = earlier[order], later[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (earlier[1:] != earlier[:-1]) | (later[1:] != later[:-1])
    return batch_of(a=earlier[new], b=later[new], hot=np.zeros(int(new.sum()), dtype=bool))


class Likely(NamedTuple):
    """Select the pairs whose sketches agree in enough places, within one scope."""

    least: int
    scoped: bool

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns earlier, later, x, y, the last two sketches; write pairs with agreement."""
        for batch in batches:
            if not batch.num_rows:
                continue
            x, y = (matrix(batch.column(name), np.uint64) for name in ("x", "y"))
            places, same = agreement(x, y, self.scoped)
            good = (places >= self.least) & same
            yield batch_of(
                earlier=values(batch, "earlier")[good], later=values(batch, "later")[good],
                agreement=places[good].astype(np.int32),
            )  # fmt: skip


def agreement(
    x: NDArray[np.uint64], y: NDArray[np.uint64], scoped: bool
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Count the places in which sketches agree, and tell whether they are of one scope."""
    if not scoped:
        return sketch.agreement(x, y), np.ones(len(x), dtype=bool)
    return sketch.agreement(x[:, :-1], y[:, :-1]), x[:, -1] == y[:, -1]
