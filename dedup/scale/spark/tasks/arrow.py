"""Arrow columns to arrays and back, and the error of a task, which names its rows.

Knows: layouts of Arrow, arrays as bytes in a binary column. Does not know: what columns mean.

Spark takes neither unsigned integers nor binaries of fixed width. So unsigned values travel as
bytes or as int64 of the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from dedup.encoded import Column
from dedup.scale.spark.failures import TaskFailed
from dedup.texts import listed_texts

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch

Rows = NDArray[np.int64]

#: What ``mapInArrow`` runs: batches in, batches out.
Task = Callable[[Iterable["RecordBatch"]], Iterator["RecordBatch"]]


def values(batch: RecordBatch, name: str) -> NDArray[Any]:
    """Read a column of numbers without nulls."""
    found: NDArray[Any] = batch.column(name).to_numpy(zero_copy_only=False)
    return found


def flags(batch: RecordBatch, name: str) -> NDArray[np.bool_]:
    """Read a column of booleans."""
    return values(batch, name).astype(bool)


def matrix(column: Array, dtype: DTypeLike) -> NDArray[Any]:
    """Read a binary column whose values all have the same length, as the rows of an array."""
    joined = joined_values(column)
    count = len(column)
    return np.frombuffer(joined, dtype=dtype).reshape(count, -1 if count else 0)


def strings(batch: RecordBatch, name: str) -> Column:
    """Read a column of strings without nulls, without making each a str."""
    found = listed_texts(batch.column(name), name)
    assert isinstance(found, Column)
    return found


def joined_values(column: Array) -> bytes:
    """Join the values of a binary column."""
    return b"".join(column.to_pylist())


def binary(rows: NDArray[Any]) -> Array:
    """Make a binary column of the rows of an array (n, w): each becomes its bytes."""
    import pyarrow

    flat = np.ascontiguousarray(rows)
    width = flat.dtype.itemsize * (flat.shape[1] if flat.ndim > 1 else 1)
    ends = np.arange(len(flat) + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(flat)]
    return pyarrow.Array.from_buffers(pyarrow.binary(), len(flat), buffers)


def string_column(texts: Sequence[str]) -> Array:
    """Make a column of strings; texts that are UTF-8 already are not decoded."""
    import pyarrow

    if not isinstance(texts, Column):
        return pyarrow.array(texts, pyarrow.string())
    raw, starts = texts.encoded
    begin, end = int(starts[0]), int(starts[-1])
    ends = (starts - begin).astype(np.int32)
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(raw[begin:end])]
    return pyarrow.Array.from_buffers(pyarrow.string(), len(texts), buffers)


def batch_of(**columns: object) -> RecordBatch:
    """Make a batch of columns, which may be arrays or lists."""
    import pyarrow

    arrays = [
        each if isinstance(each, pyarrow.Array) else pyarrow.array(each)
        for each in columns.values()
    ]
    return pyarrow.RecordBatch.from_arrays(arrays, list(columns))


def named(task: Task, key: str) -> Task:
    """Let the error of a task name rows of the batch that it fails on, by the column ``key``."""

    def run(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        last: list[RecordBatch] = []

        def noted() -> Iterator[RecordBatch]:
            for batch in batches:
                last[:] = [batch]
                yield batch

        try:
            yield from task(noted())
        except TaskFailed:
            raise
        except Exception as error:
            raise TaskFailed(
                f"{type(error).__name__}: {' '.join(str(error).split())}; {_where(last, key)}"
            ) from error

    return run


def _where(last: list[RecordBatch], key: str) -> str:
    if not last or not last[0].num_rows:
        return "before any row was read"
    some = last[0].column(key).slice(0, 3).to_pylist()
    some += last[0].column(key)[-1:].to_pylist() if last[0].num_rows > 3 else []
    listed = ", ".join(map(repr, some[:3])) + (f" ... {some[3]!r}" if len(some) > 3 else "")
    return f"in the rows with {key} {listed}"
