"""Put back what a job took out: the input again, byte for byte as unpacked.

Knows: the manifest, the record of removals, and that each file must come out with the digest that
its input had. Does not know: where in a container a text stands (``undo``), how files were
written in the first place.

Text, HTML, JSON Lines and WET come back as they were, unpacked; packed anew, their packed bytes
need not be the same, but each record of an archive is a member of its own again. Of Parquet the
rows come back with their values and types. Pages of WARC that were written as text don't hold what
they were made from, and are refused.

A file that does not come out as it was is not written at all; the others are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple, cast

from xxhash import xxh3_128

from dedup import schema
from dedup.dump import record
from dedup.dump.plans import options_of
from dedup.dump.removal import Removal
from dedup.dump.summary import File, Summary, read_manifest
from dedup.dump.undo import Cleaned, require_digest, restore_parquet, undone
from dedup.errors import DedupError, InputError
from dedup.progress import Progress, silent
from dedup.readers import MANIFEST, containers
from dedup.readers.archives.records import records
from dedup.readers.containers import Holds, packing_by_name, suffixes
from dedup.writers.output import Followed, Output, Sink, sink

_OWN_RECORD = "use the record that was written with these files"


class NotRestored(InputError):
    """Some files could not be put back, and were not written; names each with the reason.

    written: the files that were; failures: of the others, name and reason.
    """

    def __init__(self, written: list[str], failures: list[tuple[str, str]]) -> None:
        self.written, self.failures = written, failures
        (source, reason), *others = failures
        super().__init__(source, "; ".join([reason, *(f"{name}: {why}" for name, why in others)]))


def restore(
    cleaned: str,
    output: str,
    removed: str | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Write the input of a job again, into another folder; returns the files written.

    cleaned: the folder, or the file, that ``clean`` wrote. removed: the record of removals, where
    it isn't in its usual place. Every file is held against the manifest and written whole, or not
    at all. Raises NotRestored once all other files are written, for those that can't be: what was
    changed since, what the record doesn't hold whole, what the container can't give back. Raises
    InputError for what ``clean`` didn't write. Memory: a document, and its removals.
    """
    report = progress or silent
    manifest = (
        os.path.join(cleaned, MANIFEST) if os.path.isdir(cleaned) else f"{cleaned}.{MANIFEST}"
    )
    cleaned_job = _manifest(manifest)
    if cleaned_job.settings["writing"].get("note"):
        raise InputError(manifest, "tells of texts that were marked, not cut", "nothing went")
    folder = os.path.dirname(manifest)
    held = _Record(_record_of(cleaned_job, folder, removed), removed is not None)
    failures = held.examine(cleaned_job.files)
    written: list[str] = []
    removals = held.removals()
    for number, file in enumerate(cleaned_job.files):
        own = next(removals) if file.input in held.sound else iter(())
        try:
            if file.input in failures:
                raise failures[file.input]
            written.append(_restore_file(file, own, folder, output, cleaned_job))
        except (DedupError, UnicodeError) as error:
            failures[file.input] = error
        report("restore", number + 1, len(cleaned_job.files))
    if failures:
        raise NotRestored(written, [_named(*each) for each in failures.items()])
    return written


def _named(name: str, error: Exception) -> tuple[str, str]:
    """Give the name of a file and why it can't be put back, with the remedy."""
    reason = str(error)
    if isinstance(error, InputError):
        reason = f"{error.reason}; {error.remedy}" if error.remedy else error.reason
        if error.source and error.source != name:
            reason = f"{error.source}: {reason}"
    return name, reason


def _manifest(path: str) -> Summary:
    try:
        return read_manifest(path)
    except FileNotFoundError as error:
        raise InputError(
            path, "is not there", "name the folder or file that 'dedup clean -o' wrote"
        ) from error


def _record_of(cleaned_job: Summary, folder: str, removed: str | None) -> str:
    """Say where the record is: as named now, as named then, or beside the manifest."""
    if removed is not None:
        return removed
    then = cleaned_job.settings.get("removed")
    if then is None:
        return schema.beneath(folder, cleaned_job.record)
    schema.check(then, schema.path, "settings.removed", "name the record with --removed")
    return str(then)


# -- the record


class _Run(NamedTuple):
    """Lines of a record that follow each other and speak of one source; None: of none."""

    source: str | None
    lines: int
    digest: str


class _Record:
    """The record of a job: examined first, then read again for what is sound of it."""

    def __init__(self, path: str, named: bool) -> None:
        self._path, self._named = path, named
        self._runs: list[_Run] = []
        #: The files whose removals are all there, as they were written.
        self.sound: set[str] = set()

    def examine(self, files: Sequence[File]) -> dict[str, Exception]:
        """Hold the record against the manifest; returns what is wrong, by file.

        Raises InputError where there is no record at all.
        """
        broken = self._read_runs()
        found: dict[str | None, list[int]] = {}
        for at, run in enumerate(self._runs):
            found.setdefault(run.source, []).append(at)
        unknown = [name for name in found if name not in {each.input for each in files}]
        failures: dict[str, Exception] = {}
        last = -1
        for file in files:
            places = found.get(file.input, [])
            if not file.gone and not places:
                continue
            own = [self._runs[at] for at in places]
            whole = own == [_Run(file.input, file.gone, file.digest_removals)]
            if whole and places[0] > last:
                self.sound.add(file.input)
                last = places[0]
            else:
                failures[file.input] = self._amiss(sum(each.lines for each in own), file, broken)
        if not failures and (broken or unknown):
            reason = broken or f"it names {unknown[0]}, which the manifest does not"
            failures[self._path] = InputError(self._path, reason, _OWN_RECORD)
        return failures

    def _amiss(self, count: int, file: File, broken: str) -> InputError:
        reason = f"it holds {count:,} of the {file.gone:,} removals of this file"
        if count == file.gone:
            reason = "its removals of this file are not those that were written"
        if broken:
            reason = f"{reason} ({broken})"
        return InputError(self._path, reason, _OWN_RECORD)

    def _read_runs(self) -> str:
        """Read which lines speak of which source; says what broke it off, if anything did."""
        source: str | None = None
        count, held = 0, xxh3_128()
        try:
            for line, each in self._lines():
                if count and each != source:
                    self._runs.append(_Run(source, count, held.hexdigest()))
                    count, held = 0, xxh3_128()
                source = each
                count += 1
                held.update(line)
        except InputError as error:
            if not count and not self._runs:
                raise
            return error.reason
        finally:
            if count:
                self._runs.append(_Run(source, count, held.hexdigest()))
        return ""

    def _lines(self) -> Iterator[tuple[bytes, str | None]]:
        """Read lines of JSON, each with the source that it names, if it names one."""
        for line in record.canonical_lines(self._path, self._named):
            yield line, record.source_of(line)

    def removals(self) -> Iterator[Iterator[Removal]]:
        """Read the removals of sound files, file by file; each is to be read before the next."""
        lines = enumerate(self._lines(), 1)
        for run in self._runs:
            own = islice(lines, run.lines)
            if run.source in self.sound:
                yield (record.removal_in(line, self._path, number) for number, (line, _) in own)
            for _ in own:
                pass  # what was not read of it


# -- one file


def _restore_file(
    file: File, removals: Iterator[Removal], folder: str, output: str, cleaned_job: Summary
) -> str:
    """Write one file as it was. Raises InputError, and leaves nothing, where that can't be done."""
    _require_restorable(file)
    assert file.output is not None
    path, target = schema.beneath(folder, file.output), schema.beneath(output, file.output)
    if os.path.realpath(path) == os.path.realpath(target):
        raise InputError(target, "would replace what is being read", "choose another place with -o")
    reading = options_of(cleaned_job.settings["reading"], MANIFEST, _OWN_RECORD)
    container = containers.named(file.container)
    if container.packs_itself:
        restore_parquet(path, target, file, removals, reading)
        return target
    left_out = not os.path.lexists(path) and file.written["dropped"] > 0
    with Cleaned(path, file.container, left_out) as cleaned, Output(target) as opened:
        archive = container.holds == Holds.RECORDS
        packed = sink(opened, packing_by_name(target), None, archive)
        if not archive:
            packed.write(b"")  # so that an empty file is packed too
        before = xxh3_128()
        followed = Followed(packed, before.update)
        pieces = undone(cleaned, removals, file, reading)
        if archive and packing_by_name(target):
            _write_records(pieces, followed, reading.longest)
        else:
            for piece in pieces:
                followed.write(piece)
        followed.end_member()
        require_digest(cleaned.digest, file.digest_after, path)
        require_digest(before.hexdigest(), file.digest_before, path)
    return target


class _Pieces:
    """Bytes that come in pieces, to be read as a file is."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = filter(None, pieces)
        self._held = b""

    def read(self, size: int) -> bytes:
        """Give at most so many bytes; nothing at the end."""
        held = self._held or next(self._pieces, b"")
        self._held = held[size:]
        return held[:size]


def _write_records(pieces: Iterator[bytes], packed: Sink, limit: int) -> None:
    """Write an archive, each record a member of its own, as whoever looks one up needs it.

    limit: longer records are written piece by piece.
    """
    spilled = False

    def spill(piece: bytes) -> None:
        nonlocal spilled
        spilled = True
        packed.write(piece)

    for each in records(cast(BinaryIO, _Pieces(pieces)), "", limit, spill=spill):
        if spilled:
            packed.end_member()
            spilled = False
        if not each.damage and each.body is not None:
            packed.write(each.head + each.body + each.gap)
            packed.end_member()


def _require_restorable(file: File) -> None:
    """Raise InputError for what can't be put back."""
    if file.output is None or file.digest_before is None:
        reasons = file.coverage["unread"]
        why = f" ({reasons[0]['reason']})" if reasons else ""
        raise InputError(
            file.input, f"'dedup clean' did not write it{why}", "use the file that was its input"
        )
    container = containers.named(file.container)
    archive = container.holds == Holds.RECORDS
    if archive and suffixes(file.input)[0] != suffixes(file.output)[0]:
        raise InputError(
            file.input, "its pages were written as text, which doesn't hold the pages",
            "keep the archive; its removals are in the record",
        )  # fmt: skip
    if container.packs_itself and file.written["dropped"]:
        raise InputError(
            file.input, f"{file.written['dropped']:,} of its rows were left out, and their "
            "other columns are gone", "clean it with --empty keep to be able to restore it",
        )  # fmt: skip
    if file.written["lost"]:
        raise InputError(
            file.input, "some of it could not be unpacked when it was cleaned, and is not there",
            "use the file that was its input",
        )  # fmt: skip
