"""Every error dedup raises by itself.

Knows: what went wrong, where, and what to do about it.
Does not know: who prints it. A wrong argument is a plain ValueError or TypeError that names
the argument, its value and its bound; the classes here are for the world outside the call.
"""

from __future__ import annotations


class DedupError(Exception):
    """Base of dedup's own errors; never raised itself."""


class InputError(DedupError):
    """An input can't be read: names the source, the place in it, the reason and a remedy."""

    def __init__(self, source: str, reason: str, remedy: str = "") -> None:
        self.source = source
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{source}: {reason}" + (f"; {remedy}" if remedy else ""))


class ConfigError(InputError):
    """A setting can't be used: names the file, its line, the key, what is wrong and a remedy."""

    def __init__(
        self, source: str, line: int | None, key: str, reason: str, remedy: str = ""
    ) -> None:
        self.line = line
        self.key = key
        place = source if line is None else f"{source}:{line}"
        super().__init__(f"{place}: {key}" if key else place, reason, remedy)


class GitError(DedupError):
    """Git can't answer: names what was asked, what it said and what to do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(reason + (f"; {remedy}" if remedy else ""))


class RecipeMismatch(DedupError):
    """Two recipes differ where they must agree; names the fields that differ."""

    def __init__(self, expected: dict[str, object], found: dict[str, object]) -> None:
        self.expected = expected
        self.found = found
        fields = ", ".join(
            f"{name} is {found.get(name)!r} instead of {value!r}"
            for name, value in expected.items()
            if found.get(name) != value
        )
        super().__init__(f"the recipe does not fit: {fields}")


class MissingExtra(DedupError):
    """An optional package is not installed; names it and the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} is not installed; 'pip install \"dedup-paragraphs[{extra}]\"' brings it"
        )


class WorkersFailed(DedupError):
    """A worker process died before it answered."""


class KernelMissing(DedupError):
    """The compiled library can't be used; names its file, the reason and what to do."""

    def __init__(self, path: str, reason: str, remedy: str) -> None:
        self.path = path
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{path} {reason}; {remedy}")
