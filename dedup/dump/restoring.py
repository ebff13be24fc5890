"""Put back what a job took out: the input again, byte for byte as unpacked.

Knows: the manifest, the record of removals, in which order they speak of entries. Does not know:
containers, how files were written in the first place.

Text, HTML, JSON Lines and WET come back as they were, unpacked; packed anew, their packed bytes
need not be the same. Of Parquet the rows come back with their values and types. Pages of WARC that
were written as text don't hold what they were made from, and are refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby

from dedup.dump import record
from dedup.dump.removal import Removal, misfit, put_back
from dedup.dump.summary import File, Summary, summary_of
from dedup.errors import InputError
from dedup.paragraph import Document
from dedup.progress import Progress, silent
from dedup.readers import MANIFEST, Options, Shard
from dedup.readers.containers import packing_by_name, suffixes
from dedup.writers import Change, Exactly, write_shard
from dedup.writers.file import require_inside
from dedup.writers.output import Output, sink


def restore(
    cleaned: str,
    output: str,
    removed: str | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Write the input of a job again, into another folder; returns the files written.

    cleaned: the folder, or the file, that ``clean`` wrote. removed: the record of removals, where
    it isn't in its usual place. Every file is written whole or not at all. Raises InputError for
    what was not written by ``clean``, or was changed since.
    """
    report = progress or silent
    manifest = (
        os.path.join(cleaned, MANIFEST) if os.path.isdir(cleaned) else f"{cleaned}.{MANIFEST}"
    )
    told = _manifest(manifest)
    folder = os.path.dirname(manifest)
    source = removed or told.settings.get("removed") or os.path.join(folder, told.record)
    files = [each for each in told.files if each.written["documents"] or each.written["passed"]]
    _require_restorable(told, files, manifest)
    removals = record.read(source)
    rest = groupby(removals, lambda each: each.source)
    following = next(rest, None)
    written = []
    for number, file in enumerate(files):
        own: Iterator[Removal] = iter(())
        if following is not None and following[0] == file.input:
            own = following[1]
        target = _restore_file(file, own, folder, output, told)
        written.append(target)
        if following is not None and following[0] == file.input:
            following = next(rest, None)
        report("restore", number + 1, len(files))
    if following is not None:
        raise InputError(
            source, f"it names {following[0]}, which {manifest} does not, or not in this order",
            "use the record that was written with these files",
        )  # fmt: skip
    return written


def _manifest(path: str) -> Summary:
    try:
        with open(path, encoding="utf-8") as file:
            return summary_of(json.load(file))
    except FileNotFoundError as error:
        raise InputError(
            path, "is not there", "name the folder or file that 'dedup clean -o' wrote"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"can't be read as what 'dedup clean' leaves ({error})") from error


def _require_restorable(told: Summary, files: Iterable[File], manifest: str) -> None:
    """Raise InputError for what can't be put back."""
    if told.settings["writing"].get("note"):
        raise InputError(manifest, "tells of texts that were marked, not cut", "nothing went")
    for file in files:
        if file.container == "warc" and suffixes(file.input)[0] != suffixes(file.output or "")[0]:
            raise InputError(
                file.input, "its pages were written as text, which doesn't hold the pages",
                "keep the archive; its removals are in the record",
            )  # fmt: skip
        if file.container == "parquet" and file.written["dropped"]:
            raise InputError(
                file.input, f"{file.written['dropped']:,} of its rows were left out, and their "
                "other columns are gone", "clean it with --empty keep to be able to restore it",
            )  # fmt: skip


def _restore_file(
    file: File, removals: Iterator[Removal], folder: str, output: str, told: Summary
) -> str:
    assert file.output is not None
    path, target = os.path.join(folder, file.output), os.path.join(output, file.output)
    for each, base in ((path, folder or "."), (target, output)):
        require_inside(each, base)
    if not os.path.exists(path):
        return _restore_left_out(file, list(removals), path, target)
    reading = Options(**{**told.settings["reading"], "max_bytes": 1 << 40})
    shard = Shard(path, file.container, packing_by_name(path))
    undo = _Undo(removals, path)
    write_shard(shard, target, undo.edit, reading, None, None, undo)
    if undo.rest is not None:
        with suppress(OSError):
            os.unlink(target)
        raise misfit(undo.rest)
    return target


def _restore_left_out(file: File, removals: list[Removal], path: str, target: str) -> str:
    """Write a file of which nothing was left, so that it was not written."""
    raw = removals[0].raw if removals and removals[0].dropped else None
    if raw is None or file.container not in ("text", "html"):
        raise InputError(path, "is not there", "'dedup clean' wrote it; put it back there")
    with Output(target) as opened:
        packed = sink(opened, packing_by_name(target))
        packed.write(raw)
        packed.end_member()
    return target


class _Undo:
    """Gives every document its old text, and entries that were left out their place."""

    def __init__(self, removals: Iterator[Removal], path: str) -> None:
        self._documents = groupby(removals, lambda each: each.document)
        self._path = path
        self._held: list[Removal] = []
        self._document = self._entry = 0
        self._take()

    @property
    def rest(self) -> Removal | None:
        """What there is still to be put back."""
        return self._held[0] if self._held else None

    def _take(self) -> None:
        """Take the removals of the next document that has some."""
        self._held = list(next(self._documents, (0, ()))[1])

    def entry(self) -> Iterator[bytes]:
        """Give the entries that stood before the next one."""
        while self._held and self._held[0].dropped and self._held[0].entry == self._entry:
            raw = self._held[0].raw
            if raw is None:
                raise misfit(self._held[0])
            yield raw
            self._entry += 1
            self._document += 1
            self._take()
        self._entry += 1

    def changed(self, before: bytes | None, dropped: bool) -> None:
        """Need nothing of what is written now."""

    def edit(self, document: Document) -> Change:
        """Give a document what it had."""
        number, self._document = self._document, self._document + 1
        if not self._held or self._held[0].document != number:
            return None
        gone = self._held
        self._take()
        if gone[0].raw is not None:
            return Exactly(gone[0].raw)
        return put_back(document.text, gone)
