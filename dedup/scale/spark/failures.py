"""The errors of a job on a cluster, and what of an error of Spark helps the user.

Knows: names of stages, messages from Python on an executor. Does not know: what a stage does.
"""

from __future__ import annotations

import re

from dedup.errors import DedupError

#: The message of a task, in the middle of the traces of Java and Python.
_SAID = re.compile(r"TaskFailed: (.*)")
_ERROR = re.compile(r"[\w.]*(Error|Exception)\b")


class TaskFailed(DedupError):
    """A task failed on some rows; names the first and last of them."""


class StageFailed(DedupError):
    """A stage failed; names the stage, the error, and the rows where they are known."""

    def __init__(self, stage: str, work: str, said: str) -> None:
        self.stage = stage
        super().__init__(
            f"stage {stage}: {said}; the stages before it are done, in {work}: run the same job "
            "again to go on from there"
        )


class JavaMissing(DedupError):
    """Spark needs Java, and there is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Spark needs Java 17 or later: {reason}; install one (on Debian "
            "openjdk-17-jre-headless) or set JAVA_HOME to it"
        )


def said_by(error: BaseException) -> str:
    """Take the sentence that helps the user out of an error of Spark."""
    text = str(error)
    found = _SAID.search(text)
    if found:
        return found[1].strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # The last line of a Python trace names the error; Java's lines begin with "at".
    named = [line for line in lines if _ERROR.match(line)]
    return (named or lines or [type(error).__name__])[-1][:500]
