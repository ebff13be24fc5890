"""What a job did: the sums for people, and the manifest beside the output.

Knows: the values and how they are written as JSON. Does not know: how they came about, how they are
printed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from dedup.dump.tally import Repeated, Share, Tally

#: Version of the manifest.
VERSION = 1

#: Hosts that the manifest tells of: those that lose most.
_HOSTS = 1_000


class File(NamedTuple):
    """What became of one file.

    output: its place below the manifest's folder, where it was written unless it was left out; None
    with a plan. written: see
    ``writers.Written``; gone, gone_size: the paragraphs that went, and their bytes; left: copies
    that had to stay in it; unread: how much of it was not read; skipped: some of that, as (source,
    reason, record).
    """

    input: str
    output: str | None
    container: str
    packing: str
    written: dict[str, int]
    gone: int
    gone_size: int
    left: int
    unread: int
    skipped: list[list[str | None]]


@dataclass(slots=True)
class Summary:
    """What a job did, and how surely.

    settings: how it was asked for; reading, markup, writing: how files were read and written;
    record: the name of the record of removals; tally: what share of each source and host went, None
    where a plan was carried out; recall: the promised share of the pairs at or above the threshold,
    and uncompared: pairs that a cap left out. hosts: how many there are, told or not.
    """

    settings: dict[str, Any]
    record: str
    files: list[File]
    recipe: dict[str, Any] | None = None
    recall: float = 1.0
    uncompared: int = 0
    tally: Tally | None = None
    hosts: int = 0

    def count(self, name: str) -> int:
        """Sum up a number of each file, or of what was written of it."""
        return sum(
            each.written[name] if name in each.written else getattr(each, name)
            for each in self.files
        )

    def manifest(self) -> dict[str, Any]:
        """Give it as JSON has it, the hosts that lose most first."""
        found: dict[str, Any] = {
            "version": VERSION, "settings": self.settings, "record": self.record,
            "recipe": self.recipe, "expected_recall": self.recall, "uncompared": self.uncompared,
        }  # fmt: skip
        if self.tally is not None:
            tally = self.tally
            hosts = sorted(tally.hosts.items(), key=lambda each: (-each[1].gone_size, each[0]))
            found |= {
                "total": _told(tally.total),
                "sources": {name: _told(each) for name, each in tally.sources.items()},
                "hosts": {name: _told(each) for name, each in hosts[:_HOSTS]},
                "hosts_in_all": self.hosts or len(hosts),
                "repeated": [each._asdict() for each in tally.repeated],
            }
        found["files"] = [each._asdict() for each in self.files]
        return found


def summary_of(told: dict[str, Any]) -> Summary:
    """Read a manifest. Raises KeyError, TypeError or ValueError for what is none."""
    if told["version"] != VERSION:
        raise ValueError(f"its version is {told['version']!r}, not {VERSION}")
    tally = None
    if "total" in told:
        tally = Tally(
            _share(told["total"]),
            {name: _share(each) for name, each in told["sources"].items()},
            {name: _share(each) for name, each in told["hosts"].items()},
            [Repeated(**each) for each in told["repeated"]],
        )
    return Summary(
        told["settings"], told["record"], [File(**each) for each in told["files"]],
        told["recipe"], told["expected_recall"], told["uncompared"], tally,
        told.get("hosts_in_all", 0),
    )  # fmt: skip


def written_manifest(told: dict[str, Any]) -> bytes:
    """Write a manifest for a file."""
    return json.dumps(told, indent=1).encode() + b"\n"


def _told(share: Share) -> dict[str, Any]:
    return {**asdict(share), "loss": round(share.loss, 4)}


def _share(told: dict[str, Any]) -> Share:
    return Share(**{name: value for name, value in told.items() if name != "loss"})
