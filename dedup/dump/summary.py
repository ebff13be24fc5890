"""What a job did: the sums for the report, and the manifest beside the output.

Knows: the values, how they are written as JSON, what a manifest must look like. Does not know: how
the values are computed or printed.
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

#: How many hosts the manifest lists: those that lose most.
MOST_HOSTS = 1_000


def text_bytes(text: str) -> bytes:
    """Return the bytes that one text adds to the digest of a file of Parquet."""
    raw = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(raw), raw)


class File(NamedTuple):
    """What was done with one file.

    output: its path below the folder of the manifest; None with a plan. written: see
    ``writers.Written``; gone, gone_size: the number of removed paragraphs, and of their bytes;
    left: copies that had to stay in the file; coverage: how much of it was read, see
    ``Coverage.fields``; encoding: the encoding of a file of text or HTML.

    digest_before, digest_after: xxh3_128 of the unpacked bytes that were read and written; None if
    nothing was written. For Parquet, the first is the digest of the texts (``text_bytes``), and the
    second that of the file. digest_removals: the digest of the lines for this file in the record;
    for a record in Parquet, of the lines that it would have as JSON.
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
    """What a job did, and what it promises.

    settings: the settings of the request, with how files were read and written; record: the name of
    the record of removals; tally: the sums, None if a plan was carried out; recall: the promised
    share of the pairs at or above the threshold; uncompared: the pairs that a cap left out; hosts:
    how many hosts there are, listed or not; inputs: name, size and time of change of each file that
    was read.
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
        """Sum up a number over all files: a field of ``File``, or of ``Written``."""
        return sum(
            each.written[name] if name in each.written else getattr(each, name)
            for each in self.files
        )

    def coverage(self) -> Coverage:
        """Return how much was read of all files together."""
        found = Coverage()
        for each in self.files:
            found.add(Coverage.of_fields(each.coverage))
        return found

    def manifest(self) -> dict[str, Any]:
        """Return the manifest as values for JSON, the hosts that lose most first."""
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
    """Read what was done with one file from the file that its rewriting left. Raises InputError."""
    remedy = "remove the work folder to start anew"
    done: dict[str, Any] = schema.read_json(path, remedy)
    schema.check(done, schema.fields(_DONE), path, remedy)
    return done


def read_manifest(path: str) -> Summary:
    """Read a manifest from a file. Raises InputError if it is not one; FileNotFoundError."""
    return summary_of(schema.read_json(path, _REMEDY), path)


def summary_of(content: Any, source: str) -> Summary:  # noqa: ANN401
    """Check the values of a manifest. Raises InputError with the source, field and value."""
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
    """Return the bytes of a manifest."""
    return json.dumps(content, indent=1).encode() + b"\n"


def _told(share: Share) -> dict[str, Any]:
    return {**asdict(share), "loss": round(share.loss, 4)}


def _share(content: dict[str, Any]) -> Share:
    return Share(**{name: value for name, value in content.items() if name != "loss"})
