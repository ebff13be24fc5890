"""What can go wrong on a cluster, said in full.

Knows: stages by name, what Python on an executor said. Does not know: what a stage does.
"""

from __future__ import annotations

import re

from dedup.errors import DedupError

#: What a task on an executor says of itself, in the middle of Java's and Python's traces.
_SAID = re.compile(r"TaskFailed: (.*)")
_ERROR = re.compile(r"[\w.]*(Error|Exception)\b")


class TaskFailed(DedupError):
    """A task failed on some rows; names the first and last of them."""


class StageFailed(DedupError):
    """A stage failed; names it, what was said, and the rows where that is known."""

    def __init__(self, stage: str, work: str, said: str) -> None:
        self.stage = stage
        super().__init__(
            f"stage {stage}: {said}; what was done before it is in {work}, run again to go on"
        )


class JavaMissing(DedupError):
    """Spark needs Java, and there is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Spark needs Java 17 or later: {reason}; install one (on Debian "
            "openjdk-17-jre-headless) or set JAVA_HOME to it"
        )


def said_by(error: BaseException) -> str:
    """Take out of an error of Spark what a person can use."""
    text = str(error)
    found = _SAID.search(text)
    if found:
        return found[1].strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # The last line of a Python trace names the error; Java's lines begin with "at".
    named = [line for line in lines if _ERROR.match(line)]
    return (named or lines or [type(error).__name__])[-1][:500]
