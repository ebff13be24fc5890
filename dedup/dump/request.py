"""The request for a job, and the names of the files that the job leaves.

Knows: values and names. Does not know: how a job is done.
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

#: The name of the work folder in the output folder; for a file, this is added to the file's name.
WORK = ".dedup-work"


@dataclass(frozen=True, slots=True)
class Request:
    """What a job should do.

    Args:
        paths: the input; none with ``apply``, to take the paths of the plan.
        output: a folder, or a file if ``folder`` is unset; None to make only a plan.
        reading, markup, writing: how to read and write the files.
        matching, policy: what counts as a copy, and which copies are removed.
        references: paths, or an index. They are never changed, and their paragraphs are kept before
            all others.
        reference_text_field: the field of their text, if it differs from that of the input.
        removed: the record of removals, if it should not be in its usual place.
        plan: the file to write a plan to.
        apply: the plan to carry out.
        repeated: how many of the most repeated paragraphs to list.

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
        """The path of the record of removals, or of the plan if only a plan is made."""
        if self.output is None:
            return self.plan or ""
        return self.removed or self._beside(RECORD)

    @property
    def manifest(self) -> str:
        """The path of the manifest, which says what was done."""
        return self._beside(MANIFEST)

    @property
    def draft(self) -> Path:
        """The work folder, on the same disk as the output."""
        if self.output is not None and self.folder:
            return Path(self.output, WORK)
        folder, name = os.path.split(self.output or self.plan or "")
        return Path(folder, f".{name}{WORK}")

    @property
    def named(self) -> dict[str, Any]:
        """The settings that must agree between a run and the run that continues it."""
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
