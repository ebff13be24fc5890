"""The SQLite file of an index: how it is made, opened and recognised, and what its errors mean.

Knows: the schema, the format's number, pragmas, SQLite's errors. Does not know: rules.

Format 2. ``application_id`` says that the file is an index, ``user_version`` which format it has.
All integers are little-endian.

    meta       name, value: "settings" as JSON, "created" in seconds since 1970
    state      one row: generation (rises when runs, marks or removals change), next number,
               removals (how many there ever were)
    paragraph  id (its number), the user's key, fingerprint (2 x 8 bytes), first and last time met,
               how often
    block      first id, how many, their sketches, their payloads packed (see ``payload``)
    tail       first id, how many, band keys (bands + 2, n) of 4 bytes, whether each bucket holds
               the paragraph (a bit each; NULL: all do); rows not yet sorted into a run in some band
    band       band, mark: rows before it are sorted into runs; the last two bands are those of
               fingerprints and of users' keys
    segment    a run of a band: number, band, bits that choose a slot, bytes of a number, entries
    slot       segment << 24 | slot, entries (see ``slots``)
    filter     segment, which band keys it may hold (see ``filters``)
    removed    in order of removal: numbers that buckets may still hold

Format 1 had no filters. Such a file is read as it is, and gets the table when it is first opened
for writing. A segment without a filter may hold any band key.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

from dedup.files import kind_of
from dedup.index.damage import REMEDY
from dedup.index.protocol import StoreError

APPLICATION, FORMAT = 0x64647031, 2  # "ddp1"

MEMORY = ":memory:"

#: Rows that one statement reads by their ids at most.
_TOGETHER = 256

#: Seconds to wait for another writer; pages between checkpoints.
WAIT, _CHECKPOINT = 60.0, 4000

#: Seconds that opening a file may take; operations of SQLite between two looks at the clock.
PATIENCE, _OPERATIONS = 60.0, 10_000

#: Most bytes of one cell, such as the compressed texts of 64 paragraphs.
MOST_BYTES = 1 << 29

#: Bytes of pages that a connection keeps in memory; bytes of the file that are read by mmap,
#: without a copy, which takes a third off the time of a lookup.
_CACHE, _MAPPED = 32 << 20, 1 << 30

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, next INTEGER NOT NULL,
    removals INTEGER NOT NULL);
CREATE TABLE paragraph (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, print BLOB NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL);
CREATE TABLE block (
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, sketches BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE tail (
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, keys BLOB NOT NULL, held BLOB);
CREATE TABLE band (band INTEGER PRIMARY KEY, mark INTEGER NOT NULL);
CREATE TABLE segment (
    number INTEGER PRIMARY KEY, band INTEGER NOT NULL, bits INTEGER NOT NULL,
    width INTEGER NOT NULL, entries INTEGER NOT NULL);
CREATE TABLE slot (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE filter (segment INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE removed (place INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL);
"""


def connect(path: str, readonly: bool) -> sqlite3.Connection:
    """Open a file, or memory; not a byte of it is altered before ``prepare``.

    Raises StoreError for what is no SQLite file, can't be opened, or isn't ours: its tables are
    compared with ours before anything else is read.
    """
    with errors_explained(path):
        if path == MEMORY:
            place = path
        else:
            folder = os.path.dirname(os.path.abspath(path))
            if not os.path.isdir(folder):
                raise StoreError(path, "its folder does not exist", "make the folder first")
            if os.path.isdir(path):
                raise StoreError(path, "it is a folder", "name a file")
            if os.path.exists(path) and not os.path.isfile(path):
                raise StoreError(path, f"it is {kind_of(os.stat(path).st_mode)}", "name a file")
            if readonly and not os.path.exists(path):
                raise StoreError(path, "no such file", "make an index with 'dedup index add'")
            place = f"file:{quote(os.path.abspath(path))}" + ("?mode=ro" if readonly else "")
        connection = sqlite3.connect(
            place, timeout=WAIT, isolation_level=None, check_same_thread=False, uri=path != MEMORY
        )
        try:
            _distrust(connection)
            with within(connection, PATIENCE):
                _recognise(connection, path)
            connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
            connection.execute(f"PRAGMA cache_size = {-_CACHE // 1024}")
        except BaseException:
            connection.close()
            raise
        return connection


def prepare(connection: sqlite3.Connection, path: str, readonly: bool, durable: bool) -> None:
    """Set a file up for several processes, and bring a file of format 1 up to date."""
    if not readonly and os.access(path, os.W_OK):
        _write_ahead(connection)
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
        if is_made(connection) and not has_filters(connection):
            _renew(connection)
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")


def _distrust(connection: sqlite3.Connection) -> None:
    """Let SQLite do nothing that a stranger's file may ask for, and check its pages closely."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)


@contextmanager
def within(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Let SQLite work for so many seconds; then it raises an error."""
    until = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > until, _OPERATIONS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


#: Columns that ``rows`` reads.
SLOTS = "s.id, s.body FROM wanted w CROSS JOIN slot s ON s.id = w.id"
KEYS = "p.id, p.key FROM wanted w CROSS JOIN paragraph p ON p.id = w.id"
PRINTS = "p.id, p.print, p.key FROM wanted w CROSS JOIN paragraph p ON p.id = w.id"
MET = "p.id, p.key, p.count, p.first, p.last FROM wanted w CROSS JOIN paragraph p ON p.id = w.id"
SKETCHES = """
    w.id, b.first, b.sketches
    FROM wanted w CROSS JOIN block b ON b.first = (SELECT max(first) FROM block WHERE first <= w.id)
"""
BLOCKS = """
    p.id, p.key, b.first, b.count, b.body
    FROM wanted w CROSS JOIN paragraph p ON p.id = w.id
    CROSS JOIN block b ON b.first = (SELECT max(first) FROM block WHERE first <= w.id)
"""


def rows(
    connection: sqlite3.Connection, columns: str, ids: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """Read rows by their ids, in the order given; ids that don't exist are left out.

    columns: one of the constants above. A few statements, for 4 to ``_TOGETHER`` ids, are prepared
    and used again. Cost: 2 us, and 2 us a row.
    """
    for begin in range(0, len(ids), _TOGETHER):
        some = ids[begin : begin + _TOGETHER]
        room = 4
        while room < len(some):
            room *= 4
        yield from connection.execute(
            _statement(columns, room), (*some, *[None] * (room - len(some)))
        )


@cache
def _statement(columns: str, room: int) -> str:
    """Write the statement that reads columns of ``room`` rows by their ids."""
    return f"WITH wanted (id) AS (VALUES {', '.join(['(?)'] * room)}) SELECT {columns}"


def size_of(connection: sqlite3.Connection) -> int:
    """Return the size of a file in bytes."""
    pages, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "page_size")
    )
    return pages * size


def _require_own_schema(connection: sqlite3.Connection, path: str, version: int) -> None:
    """Refuse a file with other tables than those of an index, or with views, triggers and such."""
    own = dict(_own_tables(version))
    rows = connection.execute(
        "SELECT type, name, CASE WHEN length(sql) < 1000 THEN sql END FROM sqlite_master LIMIT ?",
        (len(own) + 1,),
    ).fetchall()
    there = {name: " ".join(str(sql).split()) for kind, name, sql in rows if kind == "table"}
    if len(rows) == len(own) and there == own:
        return
    other = [name for kind, name, _ in rows if kind != "table" or there[name] != own.get(name)]
    other += [name for name in own if name not in there]
    raise StoreError(
        path,
        f"it has the format of an index and not its tables ({str(other[0])[:60]!r} is other)",
        "take a copy from before, or make it anew",
    )


def _own_tables(version: int) -> Iterator[tuple[str, str]]:
    """Yield the tables of an index, and how SQLite writes them down."""
    for statement in _SCHEMA.split(";"):
        written = " ".join(statement.split())
        if written and (version > 1 or " filter " not in written):
            yield written.split()[2], written
    yield "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"


def _recognise(connection: sqlite3.Connection, path: str) -> None:
    """Refuse files of other programs and of later versions, and files that only look like ours."""
    # All is read from one snapshot: another process may be making the index at this moment.
    connection.execute("BEGIN")
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    if application == APPLICATION and 1 <= version <= FORMAT:
        _require_own_schema(connection, path, version)
    connection.execute("COMMIT")
    if application != APPLICATION:
        if application or version or tables:
            raise StoreError(
                path, "it is a database of another program", "name another file; it was not touched"
            )
    elif not 1 <= version <= FORMAT:
        raise StoreError(
            path,
            f"it has format {version}; this version of dedup reads formats up to {FORMAT}",
            "use the version of dedup that made it, or a later one",
        )


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers read while another process writes; wait for others before the switch."""
    until = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def has_filters(connection: sqlite3.Connection) -> bool:
    """Say whether the file has filters, which format 1 had not."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] >= FORMAT)


def _renew(connection: sqlite3.Connection) -> None:
    """Bring a file of format 1 up to date."""
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 1:
        connection.execute("CREATE TABLE filter (segment INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")


def is_made(connection: sqlite3.Connection) -> bool:
    """Say whether the file has the tables of an index."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION)


def make(connection: sqlite3.Connection, settings: str, bands: int, now: int) -> None:
    """Make the tables of an empty index, inside the transaction at hand."""
    for statement in _SCHEMA.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('settings', ?)", (settings,))
    connection.execute("INSERT INTO meta VALUES ('created', ?)", (str(now),))
    connection.execute("INSERT INTO state VALUES (1, 1, 0, 0)")
    connection.executemany("INSERT INTO band VALUES (?, 0)", [(band,) for band in range(bands)])
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


@contextmanager
def errors_explained(path: str) -> Iterator[None]:
    """Turn SQLite's errors into a StoreError that says what happened and what to do."""
    try:
        yield
    except UnicodeDecodeError as error:
        # Python decodes SQLite's messages strictly, and one may quote a damaged name of a table.
        raise StoreError(path, *_MEANINGS[sqlite3.SQLITE_CORRUPT]) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        reason, remedy = _MEANINGS.get((code or 0) & 0xFF, (f"it can't be used: {error}", REMEDY))
        raise StoreError(path, reason, remedy) from error


_MEANINGS = {
    sqlite3.SQLITE_FULL: ("the disk is full; nothing of the page was stored", "make room"),
    sqlite3.SQLITE_READONLY: (
        "it can't be written; nothing was stored",
        "make the file and its folder writable, or open it with readonly=True",
    ),
    sqlite3.SQLITE_BUSY: (
        f"another process has been writing for {WAIT:.0f} seconds; nothing was stored",
        "try again",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it can't be opened",
        "check that the folder exists and can be written: SQLite makes two more files in it",
    ),
    sqlite3.SQLITE_NOTADB: ("it is not an index: not an SQLite file", "name another file"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "take a copy from before, or make it anew"),
    sqlite3.SQLITE_TOOBIG: (
        f"it holds, or would hold, more than {MOST_BYTES >> 20} MB in one place",
        "leave such texts out, or make it anew",
    ),
    sqlite3.SQLITE_CONSTRAINT: ("it is damaged: what it holds contradicts itself", REMEDY),
    sqlite3.SQLITE_INTERRUPT: ("reading it takes too long for its size: it is damaged", REMEDY),
    sqlite3.SQLITE_IOERR: ("reading or writing failed; nothing was stored", "check the disk"),
}
