"""A job on a cluster writes what one machine writes: files, record and manifest (law 4)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from benchmarks import corpus
from dedup.dump import TooMuchLost, clean_files, restore, selection
from dedup.dump.spark import selection as chosen
from dedup.dump.spark import sums
from dedup.dump.spark.job import with_halves
from dedup.dump.statistics import tally
from dedup.options import Policy
from dedup.readers import ReadOptions
from dedup.scale import Decisions
from dedup.scale.competition import marks_of
from dedup.scale.inputs import from_paths
from dedup.scale.spark.frames import DecidedFrame
from dedup.scale.spark.tasks.documents import DOCUMENT_BITS, HALF, ReadFiles
from dedup.scale.spark.tasks.sketches import NUMBER_BITS
from dedup.writers import WriteOptions
from tests.scale.spark.test_job import BANDED, near_copy
from tests.support.flat import make_request, run, run_on_spark
from tests.support.spark_cluster import by_hand, local_session, require_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

MANIFEST = "cleaned.json"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """One session for all tests in this process."""
    require_spark()
    with local_session() as session:
        yield session


def write_pages(path: Path, seed: int, count: int, number: int) -> Path:
    """Write pages of five hosts whose paragraphs recur, to the letter and edited."""
    rows = pages(path.stem, seed, count, number)
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


def pages(name: str, seed: int, count: int, number: int) -> list[dict[str, str]]:
    draw = np.random.default_rng([seed, number])
    texts = corpus.paragraphs(60, seed, edited=0.3).texts
    texts += [near_copy(draw, each.split()) for each in texts]
    found = []
    for k in range(count):
        chosen = draw.choice(texts, 4).tolist()
        if k % 7 == 3:
            chosen[1] = chosen[0]
        day = int(draw.integers(10, 28))
        found.append({
            "id": f"{name}-{k}", "url": f"https://{'abcde'[k % 5]}.example/{k}",
            "date": f"2026-01-{day}", "text": "\n".join([*chosen, "Short one"]),
        })  # fmt: skip
    return found


# -- policies and sums, held to those of one machine


class Both(NamedTuple):
    """One answer, for one machine and as DataFrames. places: the number that a row has there."""

    decisions: Decisions
    decided: DecidedFrame
    documents: DataFrame
    places: list[int]
    shards: list[Any]


def both(spark: SparkSession, folder: Path, protect: tuple[str, ...]) -> Both:
    """Decide some pages, and write the answer as a cluster has it."""
    for number in range(3):
        write_pages(folder / f"{number}.jsonl", 4, 40 if number else 6, number)
    (folder / "3.txt").write_text("\n".join(page["text"] for page in pages("x", 4, 9, 0)))
    shards = from_paths([str(folder)], "lines", ReadOptions())
    given = {"marks": marks_of(Policy(protect=protect))}
    decisions = run(shards, folder.parent / "work", recipe=BANDED, workers=1, **given)
    every, starts = decisions.every(), decisions.documents.tolist()
    names = decisions.names(np.arange(len(starts)))
    places: list[int] = []
    frames: list[tuple[object, ...]] = []
    marks = decisions.marks if decisions.marks is not None else np.zeros(len(decisions), dtype=bool)
    where = decisions.places(range(len(decisions)))
    paths = [each.name for each in shards]
    texts = [each.prose for shard in shards for part in shard.read() for each in part]  # type: ignore[union-attr]
    for begin, end, (source, record, host) in zip(
        starts, [*starts[1:], len(decisions)], names, strict=True
    ):
        number = (paths.index(source) << DOCUMENT_BITS) + len(frames)
        frames.append((number, number >> DOCUMENT_BITS, source, record, host, None))
        places += range(number << NUMBER_BITS, (number << NUMBER_BITS) + end - begin)
    documents = spark.createDataFrame(
        frames, "id long, part int, source string, record string, host string, reason string"
    )
    rows = spark.createDataFrame(
        [(places[k], bool(every.kept[k]), places[int(every.match[k])], float(every.similarity[k]),
          int(every.kind[k])) for k in np.flatnonzero(every.kind).tolist()],
        "place long, kept boolean, match long, similarity float, kind int",
    )  # fmt: skip
    sketched = spark.createDataFrame(
        [(places[k], where[k]["first"], where[k]["last"], int(decisions.words[k]),
          k < decisions.begin_of(1) or bool(marks[k]), texts[k]) for k in range(len(decisions))],
        "place long, first int, last int, words int, stays boolean, text string",
    )  # fmt: skip
    made = {"sketched": sketched.cache(), "rows": rows.cache()}
    decided = DecidedFrame(**{**dict.fromkeys(DecidedFrame._fields), **made})  # type: ignore[arg-type]
    return Both(decisions, decided, documents.cache(), places, shards)


POLICIES = {
    "what occurs often": Policy(min_copies=6),
    "what occurs often, all of it": Policy(min_copies=6, boilerplate="drop"),
    "what stands on many pages of a host": Policy(min_share=0.1),
    "what stands on many pages of a host, all of it": Policy(min_share=0.2, boilerplate="drop"),
    "documents of copies": Policy(drop_documents=0.6),
    "documents of what repeats others": Policy(scope="across", drop_documents=0.9),
    "documents of what occurs often": Policy(min_copies=4, min_share=0.05, drop_documents=0.3),
}

#: Those that are tried in every run: every way to go is among them.
_ALWAYS = (1, 6)


def test_what_goes_by_a_policy_and_its_sums_are_those_of_one_machine(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    protect = re.escape(corpus.paragraphs(60, 4, edited=0.3).texts[7][:30])
    made = both(spark, tmp_path / "in", (protect,))
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    whys = set()
    every = os.environ.get("DEDUP_SPARK_TESTS")
    for number, policy in enumerate(POLICIES.values()):
        if not every and number not in _ALWAYS:
            continue
        path = tmp_path / "goes"
        selection.select(made.decisions, policy, 1, path, 4000)
        expected = selection.read_goes(path)
        goes = chosen.select(made.decided, made.documents, policy).cache()
        found = {
            row["place"]: row["why"] + selection.WHOLE * row["whole"] for row in goes.collect()
        }
        wanted = {made.places[k]: int(expected[k]) for k in np.flatnonzero(expected).tolist()}
        assert found == wanted
        whys |= {*wanted.values()}
    whole = selection.WHOLE
    assert whys >= {selection.COPY, selection.FIRST, selection.COPY + whole, selection.REST + whole}
    tallied = tally(made.decisions, made.shards, 1, expected, 12)
    names = [each.name for each in made.shards[1:]]
    summed = sums.sum_up(made.decided, made.documents, goes, names, 1, 12)
    assert summed == (tallied, len(tallied.hosts))
    assert len(tallied.hosts) == 5
    assert len(tallied.repeated) == 12


# -- the whole job


def mixed_folder(folder: Path) -> Path:
    """Write files of every container, with what can't be read."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder.mkdir()
    write_pages(folder / "a.jsonl", 3, 40, 0)
    with open(folder / "a.jsonl", "ab") as file:
        file.write(b'{broken\n{"n": 1.50, "text": "No line ends here."}')
    rows = pages("b", 3, 40, 1)
    for name, more in {
        "b": {"n": pyarrow.array(range(40), pyarrow.uint16()),
              "when": pyarrow.array(range(40), pyarrow.timestamp("ns")),
              "of": pyarrow.array([{"k": [k], "m": None} for k in range(40)])},
        "c": {"raw": pyarrow.array([b"\xff"] * 40),
              "d": pyarrow.array(["x", "y"] * 20).dictionary_encode()},
    }.items():  # fmt: skip
        columns = {key: [each[key] for each in rows] for key in rows[0]}
        parquet.write_table(pyarrow.table({**more, **columns}), folder / f"{name}.parquet",
                            compression="zstd", row_group_size=15)  # fmt: skip
    (folder / "d.txt").write_text("\r\n".join(each["text"] for each in rows[:3]), "utf-8")
    body = "".join(f"<p>{line}</p>\n" for line in rows[0]["text"].split("\n"))
    (folder / "e.html").write_text(f"<html><body><p>Own words.</p>{body}</body></html>", "utf-8")
    (folder / "f.txt").write_bytes(b"caf\xe9")
    (folder / "g.csv").write_text("a,b\n")
    return folder


def require_same(local: Path, cluster: Path) -> None:
    """Make sure that two folders hold the same bytes, and that of manifests all but settings is."""
    names = sorted(str(each.relative_to(local)) for each in local.rglob("*"))
    assert sorted(str(each.relative_to(cluster)) for each in cluster.rglob("*")) == names
    manifests = []
    for each in (local, cluster):
        manifest = json.loads((each / MANIFEST).read_text("utf-8"))
        manifest.pop("settings")
        manifests.append(manifest)
    for name in names:
        if name != MANIFEST:
            assert (cluster / name).read_bytes() == (local / name).read_bytes(), name
    assert manifests[0] == manifests[1]


def require_input(folder: Path, again: Path) -> None:
    """Make sure that a folder holds the files of another, those of Parquet by value."""
    parquet = pytest.importorskip("pyarrow.parquet")
    for path in sorted(again.iterdir()):
        before = folder / path.name
        if path.suffix == ".parquet":
            found, old = parquet.read_table(path), parquet.read_table(before)
            assert found.schema.equals(old.schema, check_metadata=True)
            assert found.equals(old)
        else:
            assert path.read_bytes() == before.read_bytes(), path.name
    names = ["a.jsonl", "b.parquet", "c.parquet", "d.txt"]
    assert [each.name for each in sorted(again.iterdir())][:4] == names


def test_what_is_written_is_what_one_machine_writes(spark: SparkSession, tmp_path: Path) -> None:
    folder = mixed_folder(tmp_path / "in")
    old = write_pages(tmp_path / "old.jsonl", 3, 30, 5)
    policy = Policy(keep="longest", protect=("bry",), min_share=0.05, drop_documents=0.7)
    options: dict[str, Any] = {"references": [str(old)], "recipe": BANDED, "policy": policy}
    local, output = tmp_path / "local", tmp_path / "out"
    # What is asked for first is refused, then allowed, then marked and planned: decided once.
    clean_files(make_request([str(folder)], str(local), workers=1, **options))
    options |= {"work": str(tmp_path / "work"), "partitions": 2}
    least = replace(policy, max_loss=0.01)
    done: list[str] = []
    options["progress"] = lambda each: done.append(f"{each.stage} {each.again}")
    with pytest.raises(TooMuchLost, match="more than the 1 % of --max-loss"):
        run_on_spark([str(folder)], str(output), **{**options, "policy": least})
    assert [each.name for each in output.iterdir()] == [".dedup-work"]
    assert "sketch False" in done
    done.clear()
    summary = run_on_spark([str(folder)], str(output), **options)
    assert "sketch True" in done
    assert "sketch False" not in done
    require_same(local, output)
    assert summary.tally is not None
    assert summary.count("gone") > 50
    restore(str(output), str(tmp_path / "again"))
    require_input(folder, tmp_path / "again")
    # Marked, and planned only, by what was decided before.
    for name, more in {"marked": {"writing": WriteOptions(note="cut")},
                       "plan": {"plan": "{}.jsonl"}}.items():  # fmt: skip
        made = []
        for engine, job in ((run_on_spark, options), (local_job, {**options, "work": None})):
            at = tmp_path / f"{name}-{engine.__name__}"
            own = {key: each.format(at) if key == "plan" else each for key, each in more.items()}  # type: ignore[attr-defined]
            engine([str(folder)], None if name == "plan" else str(at), **job, **own)
            made.append(at)
        if name == "plan":
            lines = [Path(f"{at}.jsonl").read_text().splitlines()[1:] for at in made]
            assert lines[0] == lines[1]
            assert len(lines[0]) > 50
        else:
            require_same(made[1], made[0])


def local_job(paths: list[str], output: str | None, **options: Any) -> object:
    options.pop("partitions", None)
    options.pop("progress", None)
    return clean_files(make_request(paths, output, workers=1, **options))


WHOLE = {
    "an order, references, protection": (
        Policy("order", ("*/b*", "*/a*"), protect=("five",)),
        True,
    ),
    "the newest of a host that occur thrice": (Policy("newest", (), "host", 3), False),
    "the longest but those of references": (Policy("longest", min_copies=3), True),
    "within documents": (Policy(scope="document", protect=("seven",)), False),
    "across documents": (Policy(scope="across"), False),
}


@by_hand
@pytest.mark.parametrize(("policy", "referring"), WHOLE.values(), ids=WHOLE)
def test_a_job_by_a_policy_is_that_of_one_machine(
    spark: SparkSession, tmp_path: Path, policy: Policy, referring: bool
) -> None:
    folder = mixed_folder(tmp_path / "in")
    old = [str(write_pages(tmp_path / "old.jsonl", 3, 30, 5))] if referring else []
    options: dict[str, Any] = {"references": old, "recipe": BANDED, "policy": policy}
    clean_files(make_request([str(folder)], str(tmp_path / "local"), workers=1, **options))
    run_on_spark([str(folder)], str(tmp_path / "out"), partitions=2, **options)
    require_same(tmp_path / "local", tmp_path / "out")
    restore(str(tmp_path / "out"), str(tmp_path / "again"))


REFUSED = {
    "a scope that no document has": (
        {"policy": Policy(scope="host")},
        r"scope is 'host', and no document has a URL.*'text', 'n', 'n\.id'",
    ),
    "a field of ids that no row has": (
        {"id_field": "n.key"},
        r"id_field is 'n\.key', and no row has an id there; rows have 'text', 'n', 'n\.id'",
    ),
}


@pytest.mark.parametrize(("options", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_no_row_meets_is_refused_as_on_one_machine(
    spark: SparkSession, tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One.", "n": {"id": 7}}\n{"text": "Two."}\n')
    with pytest.raises(ValueError, match=reason):
        run_on_spark([str(path)], str(tmp_path / "out"), **options)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_arrow_can_not_hold_is_numbered_and_told_as_unread(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One."}\n{broken\n{"text": "A half \\ud83d"}\n{"text": "Two."}\n')
    task = ReadFiles(ReadOptions(), Policy())
    batch = pyarrow.RecordBatch.from_pylist(
        [{"part": 2, "named": True, "path": str(path), "container": "jsonl", "packing": ""}]
    )
    (found,) = task.run([batch])
    rows = found.select(["id", "text", "reason", "host", "record"]).to_pylist()
    first = 2 << DOCUMENT_BITS
    assert [(row["id"] - first, row["text"], row["reason"]) for row in rows] == [
        (0, "One.", None), (1, None, rows[1]["reason"]), (1, None, HALF), (2, "Two.", None)
    ]  # fmt: skip
    done = {"coverage": {"read": {"a": [3, 1]}, "unread": []}, "gone": 0}
    coverage = with_halves(done, "a", 1, ["a: line 3"])["coverage"]
    assert coverage["read"] == {"a": [2, 2]}
    assert coverage["unread"] == [
        {"what": "record", "reason": HALF, "count": 1, "places": ["a: line 3"]}
    ]
    assert with_halves(done, "a", 0, []) == done
