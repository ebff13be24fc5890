"""What a job did: the sums for people, and the manifest beside the output.

Knows: the values, how they are written as JSON, what a manifest must look like. Does not know: how
they came about, how they are printed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from dedup import schema
from dedup.dump.plans import READING
from dedup.dump.removal import PLACE
from dedup.dump.statistics import Repeated, Share, Tally
from dedup.errors import InputError
from dedup.paragraph import Extent
from dedup.readers import containers
from dedup.readers.coverage import Coverage
from dedup.scale.storage.folder import INPUTS
from dedup.writers import WriteOptions, Written

#: Version of the manifest.
VERSION = 2

#: Hosts that the manifest tells of: those that lose most.
MOST_HOSTS = 1_000


def text_bytes(text: str) -> bytes:
    """Give what the digest of the rows of Parquet is made of, for one text."""
    raw = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(raw), raw)


class File(NamedTuple):
    """What became of one file.

    output: its place below the manifest's folder, where it was written unless it was left out; None
    with a plan. written: see ``writers.Written``; gone, gone_size: the paragraphs that went, and
    their bytes; left: copies that had to stay in it; coverage: how much of it was read, as
    ``Coverage.fields`` gives it. encoding: that of a file of text or HTML.

    digest_before, digest_after: xxh3_128 of the bytes that were read and of those that were
    written, as unpacked; None where nothing was written. Of Parquet, the first is that of the texts
    (``text_bytes``), the second that of the file. digest_removals: of the file's own lines
    in the record, as unpacked; of a record in Parquet, of the lines that it would have in JSON.
    """

    input: str
    output: str | None
    container: str
    packing: str
    written: dict[str, int]
    gone: int
    gone_size: int
    left: int
    coverage: dict[str, Any]
    encoding: str | None
    digest_before: str | None
    digest_after: str | None
    digest_removals: str


@dataclass(slots=True)
class Summary:
    """What a job did, and how surely.

    settings: how it was asked for; reading, markup, writing: how files were read and written;
    record: the name of the record of removals; tally: what share of each source and host went, None
    where a plan was carried out; recall: the promised share of the pairs at or above the threshold,
    and uncompared: pairs that a cap left out. hosts: how many there are, told or not. inputs: name,
    size and time of change of each file that was read.
    """

    settings: dict[str, Any]
    record: str
    files: list[File]
    recipe: dict[str, Any] | None = None
    recall: float = 1.0
    uncompared: int = 0
    tally: Tally | None = None
    hosts: int = 0
    inputs: list[list[Any]] = field(default_factory=list)

    def count(self, name: str) -> int:
        """Sum up a number of each file, or of what was written of it."""
        return sum(
            each.written[name] if name in each.written else getattr(each, name)
            for each in self.files
        )

    def coverage(self) -> Coverage:
        """Say how much was read of all files together."""
        found = Coverage()
        for each in self.files:
            found.add(Coverage.of_fields(each.coverage))
        return found

    def manifest(self) -> dict[str, Any]:
        """Give it as JSON has it, the hosts that lose most first."""
        found: dict[str, Any] = {
            "version": VERSION, "settings": self.settings, "inputs": self.inputs,
            "record": self.record,
            "recipe": self.recipe, "expected_recall": self.recall, "uncompared": self.uncompared,
        }  # fmt: skip
        if self.tally is not None:
            tally = self.tally
            hosts = sorted(tally.hosts.items(), key=lambda each: (-each[1].gone_size, each[0]))
            found |= {
                "total": _told(tally.total),
                "sources": {name: _told(each) for name, each in tally.sources.items()},
                "hosts": {name: _told(each) for name, each in hosts[:MOST_HOSTS]},
                "hosts_in_all": self.hosts or len(hosts),
                "repeated": [each._asdict() for each in tally.repeated],
            }
        found["files"] = [each._asdict() for each in self.files]
        return found


def _container(value: object, place: str) -> None:
    """Take the name of a container."""
    schema.one_of(containers.names())(value, place)


_SHARE = schema.fields(
    {"paragraphs": schema.whole, "size": schema.whole, "gone": schema.whole,
     "gone_size": schema.whole},
    {"loss": schema.number},
)  # fmt: skip
_REPEATED = schema.fields(
    {"kept": PLACE, "times": schema.whole, "hosts": schema.whole,
     "named": schema.listed(schema.text), "text": schema.text}
)  # fmt: skip
_DONE: dict[str, schema.Shape] = {
    "written": schema.fields(dict.fromkeys(Written._fields, schema.whole)),
    "gone": schema.whole, "gone_size": schema.whole, "left": schema.whole,
    "coverage": schema.fields(
        {"read": schema.mapped(schema.row(schema.whole, schema.whole)),
         "unread": schema.listed(schema.fields(
             {"what": schema.one_of([each.value for each in Extent]), "reason": schema.text,
              "count": schema.whole, "places": schema.listed(schema.text)}
         ))}
    ),
    "encoding": schema.optional(schema.text), "digest_before": schema.optional(schema.digest),
    "digest_after": schema.optional(schema.digest), "digest_removals": schema.digest,
}  # fmt: skip
_FILE = schema.fields(
    {"input": schema.text, "output": schema.optional(schema.below),
     "container": _container, "packing": schema.text, **_DONE}
)  # fmt: skip
_SETTINGS = schema.fields(
    {"reading": READING, "markup": schema.text,
     "writing": schema.like(
         WriteOptions(), to=schema.optional(schema.text), note=schema.optional(schema.text),
         level=schema.optional(schema.whole),
     )},
    {"removed": schema.optional(schema.text)},
    schema.anything,
)  # fmt: skip
_MANIFEST = schema.fields(
    {"version": schema.whole, "settings": _SETTINGS, "inputs": INPUTS, "record": schema.below,
     "recipe": schema.optional(schema.mapped(schema.anything)), "expected_recall": schema.share,
     "uncompared": schema.whole, "files": schema.listed(_FILE)},
    {"total": _SHARE, "sources": schema.mapped(_SHARE), "hosts": schema.mapped(_SHARE),
     "repeated": schema.listed(_REPEATED), "hosts_in_all": schema.whole},
)  # fmt: skip
_REMEDY = "name the folder or file that 'dedup clean -o' wrote, as it wrote it"
_OTHER_VERSION = "restore it by the version of dedup that wrote it, or clean the input again"


def read_done(path: str) -> dict[str, Any]:
    """Read what became of one file, as its rewriting wrote it down. Raises InputError."""
    remedy = "remove the work folder to start anew"
    done: dict[str, Any] = schema.read_json(path, remedy)
    schema.check(done, schema.fields(_DONE), path, remedy)
    return done


def read_manifest(path: str) -> Summary:
    """Read a manifest from a file. Raises InputError for what is none; FileNotFoundError."""
    return summary_of(schema.read_json(path, _REMEDY), path)


def summary_of(content: Any, source: str) -> Summary:  # noqa: ANN401
    """Read a manifest. Raises InputError, naming source, field and value, for what is none."""
    schema.require_version(content, VERSION, source, _OTHER_VERSION)
    schema.check(content, _MANIFEST, source, _REMEDY)
    for name in ("input", "output"):
        _require_distinct([each[name] for each in content["files"]], name, source)
    tally = None
    if "total" in content:
        tally = Tally(
            _share(content["total"]),
            {name: _share(each) for name, each in content.get("sources", {}).items()},
            {name: _share(each) for name, each in content.get("hosts", {}).items()},
            [Repeated(**each) for each in content.get("repeated", ())],
        )
    return Summary(
        content["settings"], content["record"], [File(**each) for each in content["files"]],
        content["recipe"], content["expected_recall"], content["uncompared"], tally,
        content.get("hosts_in_all", 0), content["inputs"],
    )  # fmt: skip


def _require_distinct(values: list[str | None], name: str, source: str) -> None:
    known: set[str] = set()
    for at, each in enumerate(values):
        if each in known:
            raise InputError(source, f"its field files[{at}].{name} stands there twice", _REMEDY)
        known |= {each} if each is not None else set()


def written_manifest(content: dict[str, Any]) -> bytes:
    """Write a manifest for a file."""
    return json.dumps(content, indent=1).encode() + b"\n"


def _told(share: Share) -> dict[str, Any]:
    return {**asdict(share), "loss": round(share.loss, 4)}


def _share(content: dict[str, Any]) -> Share:
    return Share(**{name: value for name, value in content.items() if name != "loss"})
