"""Targets that write and keep: jobs and what they leave, index files, settings, baselines.

Promises: ``restore`` gives the bytes that ``clean`` was given; whatever a file of ours holds is
read as it stands or refused by the documented error; nothing is written outside the output.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

import dedup
from dedup.check.config import file as config
from dedup.check.findings import baseline
from dedup.cli import main
from dedup.dump import record
from dedup.dump.job import clean_files
from dedup.dump.restoration import restore
from dedup.errors import ConfigError, DedupError, InputError
from dedup.readers import ReadOptions
from dedup.readers.packings import packing_of
from dedup.writers import WriteOptions
from tests.fuzz.case import Case
from tests.fuzz.mutation import ODD_VALUES, mutated, mutated_lines
from tests.fuzz.reading import damaged
from tests.fuzz.seeds import EDITED, FERRY, LAMPS, MARKED, SETTINGS, containers
from tests.fuzz.target import Drawn, Target, refusal
from tests.support import round_trips
from tests.support.flat import make_request

# -- clean and restore

#: What can't come back, as README says.
_GONE = (
    "its pages were written as text", "of its rows were left out", "did not write it",
    "could not be unpacked",
)  # fmt: skip


def _draw_job(random: Random, _: Drawn) -> Case:
    name = random.choice([each for each in containers() if "warc" not in each or ".wet" in each])
    content = containers()[name]
    if random.random() < 0.85:
        content = damaged(random, name)[1]
    options = {
        "name": name, "empty": random.choice(("keep", "keep", "drop")),
        "markup": random.choice(("auto", "auto", "lines", *MARKED)),
        "form": random.choice(record.SUFFIXES), "max_bytes": random.choice((1 << 20, 1 << 20, 400)),
        "errors": random.choice(("strict", "strict", "surrogateescape", "replace")),
    }  # fmt: skip
    return Case("round trips", content, options)


def _round_trip(case: Case, folder: Path) -> Iterator[str]:
    options = case.options
    source, out, back = folder / "in", folder / "out", folder / "back"
    source.mkdir()
    path = source / options["name"]
    path.write_bytes(case.payload)
    (source / "0.txt").write_text(f"{FERRY}\n\n{LAMPS}\n", "utf-8")
    yield path.name.rpartition(".")[2]
    request = make_request(
        [str(source)], str(out), markup=options["markup"], workers=1,
        reading=ReadOptions(errors=options["errors"], max_bytes=options["max_bytes"]),
        writing=WriteOptions(empty=options["empty"]),
        removed=str(folder / f"gone{options['form']}"),
    )  # fmt: skip
    try:
        summary = clean_files(request)
    except DedupError as error:
        yield refusal(error)
        if (out / path.name).exists():
            raise AssertionError("refused, and written all the same") from error
        return
    yield from (name for name in ("changed", "emptied", "dropped", "passed") if summary.count(name))
    yield from (("unread",) if summary.coverage().reasons else ())
    assert path.read_bytes() == case.payload, "the input was changed"
    if not any(each.input == str(path) for each in summary.files):
        return
    try:
        restore(str(out), str(back))
    except InputError as error:
        if not any(each in str(error) for each in _GONE):
            raise AssertionError(f"it can't be put back: {error}") from error
        yield f"can't be restored: {next(each for each in _GONE if each in str(error))}"
        return
    if (back / path.name).exists() or (out / path.name).exists():
        yield "restored"
        check_same_file(path, back / path.name)
    else:
        yield "not written"


def check_same_file(path: Path, other: Path) -> None:
    """Two files hold the same bytes as unpacked, or of Parquet the same rows."""
    assert other.exists(), "a file of the input is not there again"
    if path.read_bytes() == other.read_bytes():
        return
    if path.suffix == ".parquet":
        assert pq.read_table(path).equals(pq.read_table(other)), "other rows"
        return
    expected, found = (
        round_trips.sound(each, packing_of(each.read_bytes()[:8])) for each in (path, other)
    )
    assert expected is not None, "what can't be unpacked is not the same to the byte"
    assert expected == found, "other bytes"


# -- what a job leaves

#: When inputs were made, for a job knows them by that.
_MADE = 1_000_000_000


@cache
def left_by_a_job() -> dict[str, bytes]:
    """Every file below a folder with an input, what a job and a plan made of it, by place."""
    with TemporaryDirectory() as name, chdir(name):
        os.mkdir("in")
        for place in ("a.jsonl", "a.txt", "a.html"):
            path = Path("in", place)
            path.write_bytes(containers()[place])
            os.utime(path, (_MADE, _MADE))
        clean_files(make_request(["in"], "out", workers=1, removed="gone.jsonl"))
        clean_files(make_request(["in"], plan="plan.jsonl", workers=1))

        def stop(stage: str, done: int, total: int) -> None:
            if stage == "rewrite" and done == total:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            clean_files(make_request(["in"], "half", workers=1, progress=stop))
        return {
            str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()
        }


def _draw_left(random: Random, _: Drawn) -> Case:
    files = left_by_a_job()
    place = random.choice(
        [each for each in files if each.endswith((".json", ".jsonl", ".gz")) and each[:2] != "in"]
        + ["out/cleaned.json", "gone.jsonl", "plan.jsonl", "half/.dedup-work/job.json"]
    )
    content = files[place]
    if random.random() < 0.1:
        return Case("what a job leaves", content, {"place": place})
    plain = gzip.decompress(content) if place.endswith(".gz") else content
    plain = (mutated_lines if random.random() < 0.7 else mutated)(random, plain)
    payload = gzip.compress(plain, mtime=0) if place.endswith(".gz") else plain
    if random.random() < 0.1:
        payload = mutated(random, content)
    return Case("what a job leaves", payload, {"place": place})


def _use_left(case: Case, folder: Path) -> Iterator[str]:
    own = folder / "own"
    for place, content in {**left_by_a_job(), case.options["place"]: case.payload}.items():
        path = own / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (_MADE, _MADE))
    (folder / "canary").write_text("sings", "utf-8")
    inputs = {path: path.read_bytes() for path in (own / "in").iterdir()}
    used = case.options["place"].split("/")[0]
    yield used
    steps: dict[str, Callable[[], object]] = {
        "plan.jsonl": lambda: clean_files(
            make_request(output="new", apply="plan.jsonl", workers=1)
        ),
        "half": lambda: clean_files(make_request(["in"], "half", workers=1)),
    }
    step = steps.get(used, lambda: restore("out", "back", "gone.jsonl"))
    try:
        with chdir(own):
            step()
        yield f"used {used}"
    except DedupError as error:
        yield refusal(error)
    places = [path.name for path in sorted(folder.iterdir())]
    assert places == ["canary", "own"], "written outside"
    assert {path: path.read_bytes() for path in inputs} == inputs, "the input was changed"


# -- index files

_TEXTS = [
    FERRY,
    EDITED,
    LAMPS,
    "The ferry of line 14 leaves the old stone harbour at nine and comes back.",
]


@cache
def index_files() -> dict[str, bytes]:
    """Index files: with recent rows, sorted into slots, without texts, with removals."""
    found = {}
    with TemporaryDirectory() as name:
        for kind in ("recent", "sorted", "no texts", "removed"):
            path = Path(name, kind)
            bare = kind == "no texts"
            with dedup.Index(
                path, store_texts=not bare, variants="remove" if bare else "report",
                clock=lambda: 1e9,
            ) as index:  # fmt: skip
                for k in range(12):
                    words = " ".join(f"{word}{k}" for word in LAMPS.split())
                    index.add_many([*_TEXTS, words], [f"{k}#{j}" for j in range(5)])
                if kind in ("sorted", "no texts"):
                    index.compact()
                if kind == "removed":
                    index.remove("0#0")
            with sqlite3.connect(path) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
            connection.close()
            found[kind] = path.read_bytes()
    return found


_STATEMENTS = (
    "CREATE VIEW v AS SELECT * FROM paragraph", "DROP TABLE {table}",
    "ALTER TABLE {table} RENAME TO x",
    "CREATE TRIGGER t AFTER INSERT ON paragraph BEGIN DELETE FROM paragraph; END",
    "DELETE FROM {table}", "PRAGMA user_version = 1", "PRAGMA user_version = -1",
    "PRAGMA application_id = 7", "DROP TABLE {table}; CREATE VIEW {table} AS SELECT 1",
    "ALTER TABLE {table} ADD COLUMN more", "DROP TABLE {table}; CREATE TABLE {table} (a)",
)  # fmt: skip
_BLOBS = (b"", b"\0", b"x\x9c", bytes(7), bytes(16), bytes(5000), b"\xff" * 40)


def _change_index(random: Random, content: bytes) -> bytes:
    """Change a value, or the schema, of an index file by SQL."""
    with TemporaryDirectory() as name:
        path = Path(name, "a")
        path.write_bytes(content)
        connection = sqlite3.connect(path, isolation_level=None)
        run = connection.execute
        tables = [row[0] for row in run("SELECT name FROM sqlite_master WHERE type = 'table'")]
        table = random.choice([each for each in tables if not each.startswith("sqlite_")])
        try:
            if random.random() < 0.25:
                connection.executescript(random.choice(_STATEMENTS).format(table=table))
            else:
                run("PRAGMA ignore_check_constraints = ON")
                column = random.choice([row[1] for row in run(f"PRAGMA table_info({table})")])
                value = random.choice([*ODD_VALUES, *_BLOBS, *_BLOBS, json.dumps({"a": 1})])
                if isinstance(value, (list, dict)):
                    value = json.dumps(value)
                some = random.choice(("", " WHERE rowid % 2", " WHERE rowid = 1"))
                run(f"UPDATE {table} SET {column} = ?{some}", (value,))
        except (sqlite3.Error, OverflowError, UnicodeEncodeError):
            pass
        connection.close()
        return path.read_bytes()


def _draw_index(random: Random, _: Drawn) -> Case:
    content = random.choice([*index_files().values()])
    if random.random() < 0.6:
        content = _change_index(random, content)
    if random.random() < 0.5:
        content = mutated(random, content)
    return Case("index files", content, {"readonly": random.random() < 0.4})


def _use_index(case: Case, folder: Path) -> Iterator[str]:
    path = folder / "seen.db"
    path.write_bytes(case.payload)
    steps: Sequence[tuple[str, Any]] = (
        ("query", lambda index: index.query_many(_TEXTS)),
        ("counts", lambda index: index.counts()),
        ("counts of", lambda index: index.counts("0#0")),
        ("texts", lambda index: index.settings.texts and index.texts("0#0")),
        ("stats", lambda index: index.stats()),
        ("check", lambda index: index.check()),
        ("add", lambda index: index.add_many(_TEXTS, ["a", "b", "c", "d"])),
        ("remove", lambda index: index.remove("1#1")),
        ("prune", lambda index: index.prune(max_items=2)),
        ("compact", lambda index: index.compact()),
    )
    try:
        with dedup.Index(path, readonly=case.options["readonly"]) as index:
            yield "opened"
            for name, step in steps:
                try:
                    step(index)
                    yield name
                except dedup.StoreError as error:
                    yield f"{name} {refusal(error).partition(':')[0]}"
    except DedupError as error:
        yield refusal(error)


# -- settings and baselines


def _draw_settings(random: Random, _: Drawn) -> Case:
    lines = random.sample(SETTINGS, random.randint(1, 5))
    lines.sort(key=lambda line: line.startswith("["))
    if random.random() < 0.5:
        at = random.randrange(len(lines))
        name = lines[at].rpartition("=")[0] or "x"
        value = random.choice(
            [*map(_toml, ODD_VALUES), *(each.rpartition("= ")[2] for each in SETTINGS)]
        )
        lines[at] = f"{name}= {value}"
    payload = "\n".join(lines).encode("utf-8", "surrogatepass")
    if random.random() < 0.6:
        payload = mutated(random, payload, [each.encode() for each in SETTINGS])
    name = random.choice(("dedup.toml", "pyproject.toml", ".dedup.toml"))
    return Case("settings", payload, {"name": name})


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return str(value)
    return "1979-05-27" if value is None else json.dumps(value)


def _load_settings(case: Case, folder: Path) -> Iterator[str]:
    path = folder / case.options["name"]
    path.write_bytes(case.payload)
    assert config.find(str(folder), str(folder)) in (None, str(path))
    try:
        made = config.load(str(path), str(folder), "")
    except ConfigError as error:
        yield refusal(error)
        return
    yield "read"
    globs = [*made.extend_exclude, *(made.exclude or ()), *(made.include or ()), *made.boilerplate]
    globs += [glob for family in made.isolate for glob in family.globs]
    for glob in globs:
        for tried in ("a/b/c.md", "docs/de/x.md", "a" * 200 + "/" + "b" * 200, "v/1.2/" * 20):
            glob.regex.match(tried)


@cache
def a_baseline() -> bytes:
    entries = {
        ("repeated-paragraph", "0f3c" * 4): baseline.Entry(2, 60, "before you start"),
        ("similar-paragraph", "9a41" * 8): baseline.Entry(1, 59, "before you begin"),
    }
    return baseline.dump(entries).encode()


def _draw_baseline(random: Random, _: Drawn) -> Case:
    change = mutated_lines if random.random() < 0.7 else mutated
    return Case("baselines", change(random, a_baseline()), {})


def _load_baseline(case: Case, folder: Path) -> Iterator[str]:
    path = folder / "dedup-baseline.json"
    path.write_bytes(case.payload)
    try:
        entries = baseline.load(str(path), path.name)
    except InputError as error:
        yield refusal(error)
        return
    yield "read"
    path.write_bytes(baseline.dump(entries).encode("utf-8", "backslashreplace"))
    assert baseline.load(str(path), path.name) == entries


# -- the commands


def _draw_check(random: Random, texts: Drawn) -> Case:
    name = random.choice(("a.md", "a.mdx", "a.rst", "a.adoc", "a.html"))
    markup = {"md": "markdown", "adoc": "asciidoc"}.get(name[2:], name[2:])
    payload = mutated(random, MARKED[markup].encode(), [each.encode() for each in MARKED.values()])
    form = random.choice(("text", "json", "github", "sarif", "junit"))
    return Case("commands", payload, {"name": name, "format": form, "find": random.random() < 0.5})


def _run_commands(case: Case, folder: Path) -> Iterator[str]:
    path = folder / case.options["name"]
    path.write_bytes(case.payload)
    (folder / "b.md").write_text(f"{FERRY}\n\n{LAMPS}\n", "utf-8")
    (folder / "dedup.toml").write_text("min-words = 8\n", "utf-8")
    if case.options["find"]:
        arguments = ["find", ".", "--format", "json", "--workers", "1"]
    else:
        arguments = ["check", "--output-format", case.options["format"]]
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    yield f"{arguments[0]} {code}"
    assert code in (0, 1, 2, 3)
    assert "Traceback" not in err.getvalue()
    if code in (0, 1) and "json" in arguments:
        json.loads(out.getvalue())


ROUND_TRIPS = Target(
    "round trips", _draw_job, _round_trip,
    ("restored", "changed", "emptied", "dropped", "passed", "unread", "refused: InputError",
     "gz", "zst", "lz4", "wet", "jsonl", "parquet", "html", "txt", "md"),
    pace=17,
)  # fmt: skip
LEFT = Target(
    "what a job leaves", _draw_left, _use_left,
    ("refused: InputError", "used out", "used half", "used gone.jsonl", "used plan.jsonl"),
    pace=120,
)  # fmt: skip
INDEX = Target(
    "index files", _draw_index, _use_index,
    ("opened", "refused: StoreError", "query", "check", "add", "query refused", "add refused"),
    pace=25,
)  # fmt: skip
CONFIG = Target(
    "settings", _draw_settings, _load_settings, ("read", "refused: ConfigError"), pace=900
)
BASELINE = Target(
    "baselines", _draw_baseline, _load_baseline, ("read", "refused: InputError"), pace=1200
)
COMMANDS = Target(
    "commands", _draw_check, _run_commands, ("check 0", "check 1", "find 0"), pace=150
)
