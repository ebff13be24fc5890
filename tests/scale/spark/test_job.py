"""A job on Spark answers what ``find`` does (law 4), whatever dies on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import dedup
from benchmarks import corpus
from dedup.cleaning import clean_documents
from dedup.dump import clean_files
from dedup.options import Policy
from dedup.paragraph import texts_of
from dedup.scale.spark import JavaMissing, StageFailed, WorkMismatch, session
from dedup.scale.spark.stages import components as clusters_stage
from dedup.scale.spark.stages import guesses
from dedup.scale.spark.stages import rounds as rounds_stage
from dedup.scale.spark.work import Told, Work
from tests.core.test_runs import page
from tests.support import laws, places, scales
from tests.support.flat import clean_frame, make_request, run_on_spark
from tests.support.spark_cluster import by_hand, local_session, require_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

BANDED = dedup.Recipe(permutations=96, bands=32, rows=3)


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """One session for all tests in this process."""
    require_spark()
    with local_session() as session:
        yield session


def write_table(path: Path, **columns: Any) -> str:
    """Write columns to three files of Parquet."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(columns)
    path.mkdir()
    third = -(-table.num_rows // 3)
    for number, begin in enumerate(range(0, table.num_rows, third)):
        parquet.write_table(table.slice(begin, third), path / f"{number}.parquet")
    return str(path)


def check_answer(
    rows: list[Any], found: dedup.Found, ids: list[Any] | None = None, places: Any = None
) -> None:
    """The rows of an answer are what ``find`` says of all paragraphs that aren't simply kept."""
    ids = ids if ids is not None else list(range(len(found.kept)))
    expected = {
        ids[k]: (bool(found.kept[k]), ids[int(found.match[k])], float(found.similarity[k]),
                 dedup.Kind(int(found.kind[k])).name.lower())
        for k in np.flatnonzero(found.kind != dedup.Kind.UNIQUE).tolist()
    }  # fmt: skip
    told = {row["id"]: tuple(row[name] for name in ("kept", "match", "similarity", "kind"))
            for row in rows}  # fmt: skip
    assert len(rows) == len(told)
    assert told == expected


def mixed(seed: int, count: int) -> list[str]:
    """Texts with copies, edited copies, variants, and templates whose buckets get hot."""
    draw = np.random.default_rng(seed)
    texts = [*corpus.paragraphs(count, seed, edited=0.2).texts, *corpus.variants(40, seed)]
    texts += [laws.template(k) for k in range(300)]
    texts += [near_copy(draw, texts[3].split()) for _ in range(100)]
    return [texts[k] for k in draw.permutation(len(texts)).tolist()]


def job_of(folder: Path, texts: list[str], **more: Any) -> dict[str, Any]:
    """Say what a driver is to do with texts."""
    if not (folder / "in").exists():
        write_table(folder / "in", id=range(len(texts)), text=texts)
    return {
        "input": f"file://{folder}/in", "work": str(folder / "work"),
        "answer": str(folder / "answer.json"), "recipe": BANDED.to_dict(), **more,
    }  # fmt: skip


def near_copy(draw: np.random.Generator, words: list[str]) -> str:
    """Put a few function words into a text."""
    words = list(words)
    for _ in range(int(draw.integers(1, 4))):
        words.insert(int(draw.integers(0, len(words))), "and")
    return " ".join(words)


def test_8_000_paragraphs_and_templates(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that templates and edited copies are guessed.
    monkeypatch.setattr(rounds_stage, "LARGE", 150)
    monkeypatch.setattr(rounds_stage, "FIRST", 220)
    texts = mixed(5, 8_000)
    found = dedup.find(texts, recipe=BANDED)
    frame = spark.read.parquet(write_table(tmp_path / "in", id=range(len(texts)), text=texts))
    told: list[Told] = []
    cleaned = clean_frame(
        frame, work=str(tmp_path / "work"), recipe=BANDED, partitions=4, progress=told.append
    )
    check_answer(cleaned.found.collect(), found)
    kept = [row.id for row in cleaned.kept.select("id").collect()]
    assert sorted(kept) == np.flatnonzero(found.kept).tolist()
    assert cleaned.summary.paragraphs == len(texts)
    assert cleaned.summary.removed == len(texts) - len(kept) == cleaned.removed.count()
    assert cleaned.summary.rounds > 1
    assert [each.stage for each in told][:3] == ["sketch", "copies", "buckets"]
    assert told[0].rows == len(texts)
    assert not any(each.again for each in told)


def test_real_paragraphs_in_documents(spark: SparkSession, tmp_path: Path) -> None:
    texts: list[str] = []
    for name in ("bible_editions", "ocr_two_scans", "versioned_etcd"):
        if not (places.DEV / name / "units.jsonl").exists():
            pytest.skip(f"no {name} beside the checkout")
        with open(places.DEV / name / "units.jsonl", encoding="utf-8") as lines:
            texts += [json.loads(line)["text"] for line in lines][:4000]
    pages = [scales.paragraphs(texts[k : k + 30], f"page {k}") for k in range(0, len(texts), 30)]
    letters = ["AaBbC", "XAaBbC", "AaB", "CbD", "A*B-C_D", "A*B-C_D", "AaBa", "AaBaAaBa"]
    pages += [page(each, f"letters {k}") for k, each in enumerate(letters)]
    flat = [each for some in pages for each in some]
    found = dedup.find(flat, recipe=BANDED)
    ids = [7 * k + 3 for k in range(len(flat))]
    source = write_table(
        tmp_path / "in", id=ids, text=texts_of(flat), page=[each.source for each in flat]
    )
    cleaned = clean_frame(
        spark.read.parquet(source), work=str(tmp_path / "work"), document="page", recipe=BANDED,
        partitions=4,
    )  # fmt: skip
    check_answer(cleaned.found.collect(), found, ids)


@by_hand
def test_ids_that_are_words_a_rank_and_hosts(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that templates are decided part by part, the first rows first.
    monkeypatch.setattr(guesses, "MOST_GUESSES", 0)
    monkeypatch.setattr(rounds_stage, "LARGE", 60)
    draw = np.random.default_rng(2)
    texts = [*corpus.paragraphs(900, 6, edited=0.4).texts, *(laws.template(k) for k in range(240))]
    texts += [near_copy(draw, texts[0].split()) for _ in range(240)]
    hosts = [f"host{k % 3}" for k in range(len(texts))]
    ranks = np.random.default_rng(3).choice([0.0, -1.5, 2.0, 1e300], len(texts))
    ids = [f"page {k:05d}" for k in range(len(texts))]
    source = write_table(tmp_path / "in", id=ids, body=texts, host=hosts, rank=ranks)
    cleaned = clean_frame(
        spark.read.parquet(source), "body", work=str(tmp_path / "work"), scope="host",
        rank="rank", recipe=BANDED, partitions=4, variants="ignore",
    )  # fmt: skip
    rows = cleaned.found.collect()
    for host in sorted(set(hosts)):
        mine = [k for k, each in enumerate(hosts) if each == host]
        found = dedup.find(
            [texts[k] for k in mine], rank=ranks[mine], recipe=BANDED, variants="ignore"
        )
        own = {ids[k] for k in mine}
        check_answer([row for row in rows if row.id in own], found, [ids[k] for k in mine])
    assert cleaned.summary.rounds > 2


@pytest.mark.parametrize(
    "small", [pytest.param(10, marks=by_hand), 1 << 20], ids=["in rounds", "at once"]
)
def test_a_chain_takes_few_rounds(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(clusters_stage, "SMALL", small)
    count = 64 if small == 10 else 10_000
    texts = chain(count)
    found = dedup.find(texts, recipe=BANDED, variants="remove")
    # Each is like the next and unlike the one after that: every other one goes.
    assert 0.4 * count < found.kept.sum() < 0.6 * count
    source = write_table(tmp_path / "in", id=range(count), text=texts)
    cleaned = clean_frame(
        spark.read.parquet(source), work=str(tmp_path / "work"), recipe=BANDED, partitions=2,
        variants="remove",
    )  # fmt: skip
    check_answer(cleaned.found.collect(), found)
    assert cleaned.summary.rounds == 1
    assert cleaned.summary.clustering <= 8


def chain(count: int) -> list[str]:
    """Make texts of which each shares 85 of 100 words with the next, at the seam of both."""
    words = [f"w{k}" for k in range(15 * count + 100)]
    return [" ".join(words[15 * k : 15 * k + 100]) for k in range(count)]


# -- settings, errors, files


@by_hand
def test_without_bands_every_pair_is_compared(spark: SparkSession, tmp_path: Path) -> None:
    texts = [*corpus.paragraphs(300, 7, edited=0.4).texts, *corpus.variants(30, 7)]
    recipe = dedup.Recipe(permutations=64, bands=0, rows=4)
    found = dedup.find(texts, recipe=recipe)
    source = write_table(tmp_path / "in", id=range(len(texts)), text=texts)
    frame = spark.read.parquet(source)
    cleaned = clean_frame(frame, work=str(tmp_path / "work"), recipe=recipe, partitions=2)
    check_answer(cleaned.found.collect(), found)
    assert cleaned.summary.uncompared == found.uncompared
    before = spark.conf.get("spark.sql.shuffle.partitions")
    with pytest.raises(WorkMismatch, match=r"threshold is 0\.9 instead of 0\.8"):
        clean_frame(frame, work=str(tmp_path / "work"), recipe=recipe, threshold=0.9)
    shorter = frame.where("id < 200")
    with pytest.raises(WorkMismatch, match="'rows': 200"):
        clean_frame(shorter, work=str(tmp_path / "work"), recipe=recipe, partitions=2)
    assert spark.conf.get("spark.sql.shuffle.partitions") == before


WRONG = {
    "a column that isn't there": ({"text": "body"}, ValueError, "text is 'body'; the columns are"),
    "an id that is a number with a fraction": ({"id": "x"}, ValueError, "id is 'x', a double"),
    "a rank that is no number": ({"rank": "text"}, ValueError, "rank is 'text', a string"),
    "an id twice": ({"id": "twice"}, ValueError, "1 of 3 rows have the id of another"),
    "a text that is null": ({"text": "null"}, StageFailed,
                            "stage sketch: ValueError: null is null|text is null in the row"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "kind", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(
    spark: SparkSession,
    tmp_path: Path,
    options: dict[str, Any],
    kind: type[Exception],
    reason: str,
) -> None:
    frame = spark.createDataFrame(
        [(1, "a", "b", 0.5, 1), (2, "b", None, 0.5, 1), (3, "c", "d", 0.5, 2)],
        "id long, text string, null string, x double, twice long",
    )
    with pytest.raises(kind, match=reason):
        clean_frame(frame, work=str(tmp_path / "work"), recipe=BANDED, partitions=1, **options)


def test_marks_by_spark_are_those_by_python(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Told] = []
    path = f"file://{tmp_path}/work"
    for turn in range(2):
        with monkeypatch.context() as patch:
            patch.setattr("dedup.scale.spark.marks.is_remote", lambda spark: True)
            work = Work(spark, path, {"a": 1}, told.append)
            frame: DataFrame = work.stage("numbers", spark.range(5).selectExpr("id", "id n"))
            assert sorted(row.n for row in frame.collect()) == [0, 1, 2, 3, 4]
            assert work.fact("fact", lambda turn=turn: {"turn": turn}) == {"turn": 0}  # type: ignore[misc]
    assert [(each.rows, each.again) for each in told] == [(5, False), (5, True)]
    with monkeypatch.context() as patch:
        patch.setattr("dedup.scale.spark.marks.is_remote", lambda spark: True)
        with pytest.raises(WorkMismatch, match="a is 2 instead of 1"):
            Work(spark, path, {"a": 2}, None)


def test_files_are_read_cut_and_written(spark: SparkSession, tmp_path: Path) -> None:
    from dedup.paragraph import Extent

    texts = corpus.paragraphs(180, 8, edited=0.4).texts
    pages = ["\n\n".join(["# Title", *texts[k : k + 6], "- short"]) for k in range(0, 180, 6)]
    pages += [pages[0], pages[1]]
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(10):
        (folder / f"a{k}.md").write_text(pages[k] + "\n", encoding="utf-8")
    lines = [json.dumps({"id": k, "text": pages[k] + "\n"}) for k in range(10, len(pages))]
    (folder / "b.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n", encoding="utf-8")
    (folder / "c.txt").write_bytes(b"caf\xe9")
    (folder / "d.csv").write_text("a,b\n")
    output = str(tmp_path / "out")
    told: list[Told] = []
    for turn in range(2):
        done = run_on_spark(
            str(folder), output, markup="markdown", recipe=BANDED, partitions=2,
            progress=told.append,
        )  # fmt: skip
        assert [(each.extent, each.count) for each in done.coverage.reasons] == [
            (Extent.FILE, 1), (Extent.FILE, 1), (Extent.RECORD, 1),
        ]  # fmt: skip
        assert done.coverage.documents == len(pages)
        assert {each.again for each in told} == {bool(turn)}
        told.clear()
    documents = [dedup.Document(text + "\n", str(k)) for k, text in enumerate(pages)]
    expected = clean_documents(documents, "markdown", recipe=BANDED)
    rows = spark.read.parquet(f"{output}/texts").collect()
    found = {row.record or Path(row.source).stem[1:]: row.text for row in rows}
    assert found == {str(k): each.text for k, each in enumerate(expected)}
    removed = spark.read.parquet(f"{output}/removed").collect()
    assert len(removed) == sum(len(each.removed) for each in expected) == done.summary.removed
    assert {(row.part, row.record or Path(row.source).stem[1:], row["first"], row.match_first,
             row.kind) for row in removed} == {
        (min(k, 10), str(k), each.paragraph.first, each.partner.first, each.kind.name.lower())
        for k, one in enumerate(expected) for each in one.removed
    }  # fmt: skip


POLICIES = {
    "an order, references, protection": (Policy("order", ("b*", "a*"), protect=("five",)), True),
    "the newest of a host that occur thrice": (Policy("newest", (), "host", 3), False),
    "the longest but those of references": (Policy("longest", min_copies=3), True),
    "within documents": (Policy(scope="document", protect=("seven",)), False),
}


@pytest.mark.parametrize(
    ("policy", "referring"),
    [pytest.param(*each, marks=by_hand if k else ()) for k, each in enumerate(POLICIES.values())],
    ids=POLICIES,
)
def test_a_policy_is_that_of_one_machine(
    spark: SparkSession, tmp_path: Path, policy: Policy, referring: bool
) -> None:
    (tmp_path / "in").mkdir()
    old = write_pages(tmp_path / "old.jsonl", 3, 100, 0) if referring else None
    for number in range(2):
        write_pages(tmp_path / "in" / f"{number}.jsonl", 3, 200, number)
    references = [old] if old else []
    request = make_request(
        [str(tmp_path / "in")], str(tmp_path / "local"), markup="lines", policy=policy, workers=1,
        references=references, recipe=BANDED, removed=str(tmp_path / "gone.jsonl"),
    )  # fmt: skip
    clean_files(request)
    done = run_on_spark(
        str(tmp_path / "in"), str(tmp_path / "out"), markup="lines", recipe=BANDED, partitions=2,
        policy=policy, references=references,
    )  # fmt: skip
    expected = {
        (number, row["id"]): row["text"]
        for number in range(2) for row in read_lines(tmp_path / "local" / f"{number}.jsonl")
    }  # fmt: skip
    rows = spark.read.parquet(str(tmp_path / "out" / "texts")).collect()
    assert {(row.part, row.record): row.text for row in rows} == expected
    gone = read_lines(tmp_path / "gone.jsonl")
    removed = spark.read.parquet(str(tmp_path / "out" / "removed")).collect()
    assert gone
    assert done.summary.removed == len(removed) == len(gone)
    assert {
        (row.source, row.record, row["first"], row.match_source, row.match_record, row.match_first,
         row.kind) for row in removed
    } == {
        (each["source"], each["record"], each["first"], each["kept"]["source"],
         each["kept"]["record"], each["kept"]["first"], each["kind"]) for each in gone
    }  # fmt: skip


def test_a_policy_that_no_row_meets_is_refused_as_on_one_machine(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One.", "at": "http://a/1"}\n' * 2)
    with pytest.raises(
        ValueError, match=r"scope is 'host', and no document has a URL.*'text', 'at'"
    ):
        run_on_spark(str(path), str(tmp_path / "out"), policy=Policy(scope="host"))
    assert not (tmp_path / "out").exists()


def test_a_field_of_ids_that_no_row_has_is_refused_as_on_one_machine(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One.", "n": {"id": 7}}\n{"text": "Two."}\n')
    with pytest.raises(ValueError, match=(
        r"id_field is 'n\.key', and no row has an id there; rows have 'text', 'n', 'n\.id'"
    )):  # fmt: skip
        run_on_spark(str(path), str(tmp_path / "out"), id_field="n.key")
    assert not (tmp_path / "out").exists()
    run_on_spark(str(path), str(tmp_path / "out"), work=str(tmp_path / "work"), id_field="n.id")


def write_pages(path: Path, seed: int, count: int, number: int) -> str:
    """Write pages of five hosts whose paragraphs recur, to the letter and edited."""
    draw = np.random.default_rng([seed, number])
    texts = corpus.paragraphs(60, seed, edited=0.3).texts
    texts += [near_copy(draw, each.split()) for each in texts]
    with open(path, "w", encoding="utf-8") as file:
        for k in range(count):
            chosen = draw.choice(texts, 4).tolist()
            day = int(draw.integers(10, 28))
            page = {
                "id": f"{path.stem}-{k}", "url": f"https://{'abcde'[k % 5]}.example/{k}",
                "date": f"2026-01-{day}", "text": "\n".join([*chosen, "Short one"]),
            }  # fmt: skip
            file.write(json.dumps(page) + "\n")
    return str(path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_java_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(JavaMissing, match=f"JAVA_HOME is {tmp_path}"):
        session.find_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JavaMissing, match="there is no java on the PATH"):
        session.find_java()
