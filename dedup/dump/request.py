"""What is asked of a job, and the names of what it leaves.

Knows: values, where things go by name. Does not know: how anything is done.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dedup.dump.record import RECORD
from dedup.options import Matching, Policy, Resources
from dedup.readers import MANIFEST, ReadOptions
from dedup.writers import WriteOptions

#: What a run is made in: its name in the output folder, and what is put around that of a file.
WORK = ".dedup-work"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    paths: the input; none with ``apply``, for those of the plan. output: a folder, or with
    ``folder`` unset a file; None where only a plan is made. references: paths, or an index, of what
    is never changed and whose paragraphs come before all others; reference_text_field: where their
    text stands, if not where that of the input does. removed: where the record goes instead of its
    usual place. plan: where a plan is written; apply: one that is carried out. repeated: how many
    of the most repeated paragraphs are told.
    """

    paths: Sequence[str] = ()
    output: str | None = None
    folder: bool = True
    reading: ReadOptions = field(default_factory=ReadOptions)
    markup: str = "auto"
    writing: WriteOptions = field(default_factory=WriteOptions)
    matching: Matching = field(default_factory=Matching)
    policy: Policy = field(default_factory=Policy)
    references: Sequence[str] = ()
    reference_text_field: str | None = None
    removed: str | None = None
    plan: str | None = None
    apply: str | None = None
    resources: Resources = field(default_factory=Resources)
    repeated: int = 20

    def __post_init__(self) -> None:
        if (self.output is None) != (self.plan is not None):
            raise ValueError("output and plan: one of the two must be given")
        if self.apply and (self.plan or self.references or self.policy != Policy()):
            raise ValueError("apply carries a plan out as it is; references and policies made it")
        if self.reference_text_field is not None and not self.references:
            raise ValueError("reference_text_field is for references, and there are none")

    @property
    def record(self) -> str:
        """Where the record of removals goes; the plan, where only that is made."""
        if self.output is None:
            return self.plan or ""
        return self.removed or self._beside(RECORD)

    @property
    def manifest(self) -> str:
        """Where is said what was done."""
        return self._beside(MANIFEST)

    @property
    def draft(self) -> Path:
        """The folder that everything is made in, on the disk that the output is on."""
        if self.output is not None and self.folder:
            return Path(self.output, WORK)
        folder, name = os.path.split(self.output or self.plan or "")
        return Path(folder, f".{name}{WORK}")

    @property
    def named(self) -> dict[str, Any]:
        """What must agree between a run and the one that goes on with it."""
        return {
            "paths": list(self.paths), "output": self.output, "folder": self.folder,
            "reading": asdict(self.reading), "markup": self.markup,
            "writing": asdict(self.writing), "matching": self.matching.to_dict(),
            "policy": self.policy.to_dict(), "references": list(self.references),
            "reference_text_field": self.reference_text_field,
            "removed": self.removed, "plan": self.plan, "apply": self.apply,
        }  # fmt: skip

    def _beside(self, name: str) -> str:
        output = self.output or ""
        return os.path.join(output, name) if self.folder else f"{output}.{name}"
