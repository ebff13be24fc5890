"""The command line: the commands, the exit codes, the messages about errors.

Knows: the commands by name. Does not know: their options (``commands``), what they do. Exit code
0: done. 2: not done; a line on standard error says why. 3: done, but some input was not read.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from shlex import quote

import click

from dedup import __version__
from dedup.checks import instead_of
from dedup.errors import DedupError
from dedup.reports import console

_FAILED, _INTERRUPTED, _PIPE_CLOSED = 2, 130, 141

#: The most characters of an unexpected error, and of the command, that are shown.
_MOST_SAID = 500

_PASSWORD = re.compile(r"://[^/@\s]*@")

#: The module and the function of each command. A module is imported only when its command is used.
_COMMANDS = {
    "find": ("dedup.commands.find", "find_command"),
    "explain": ("dedup.commands.explain", "explain_command"),
    "clean": ("dedup.commands.clean", "clean_command"),
    "restore": ("dedup.commands.clean", "restore_command"),
    "check": ("dedup.commands.check", "check_command"),
    "baseline": ("dedup.commands.check", "baseline_command"),
    "index": ("dedup.commands.index", "index_command"),
}


class _Commands(click.Group):
    """The commands, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands, those of one use together."""
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Look a command up."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        found: click.Command = getattr(import_module(module), name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Look up the command that was typed. Raises UsageError that says what to type instead."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            raise click.UsageError(f"command {name!r} {_instead_of(name)}", ctx)
        return super().resolve_command(ctx, args)


def _instead_of(name: str) -> str:
    """Say what to type instead of an unknown command."""
    if os.path.exists(name):
        return f"is not known; what repeats in that file or folder says: dedup find {quote(name)}"
    return instead_of(name, _COMMANDS)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="dedup")
def commands() -> None:
    """Find paragraphs that repeat, word for word or nearly, say what differs, and take them out.

    \b
    See what repeats in files, and clean them, of any size:
      dedup find docs/                                which paragraphs repeat which?
      dedup find docs/ --format html -o review.html   the same as a page to look at
      dedup explain old.txt new.txt                   how alike are two texts, what differs?
      dedup clean crawl/ -o new/                      write the files without their copies
      dedup restore new/ -o again/                    put back what was taken out

    \b
    Keep the documents of a repository free of copies:
      dedup check                                     fail where a paragraph repeats
      dedup baseline                                  accept what repeats today

    \b
    Ask, while pages come in, whether a paragraph was seen (from Python: dedup.Index):
      dedup index add seen.db page.txt

    \b
    Every command has examples: dedup find --help. Completion by the Tab key, in bash:
      eval "$(_DEDUP_COMPLETE=bash_source dedup)"     or zsh_source, fish_source
    """  # noqa: D301 - click reads \b as a character


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. The entry point of ``dedup``."""
    # While numpy is imported it starts a thread for each processor, to multiply large matrices.
    # Nothing here multiplies any, and the threads take 0.1 s of the processors.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    console.fill_streams()
    try:
        return _run(arguments)
    finally:
        console.settle()


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = commands.main(arguments, prog_name="dedup", standalone_mode=False)
        console.finish()
    except click.exceptions.NoArgsIsHelpError as error:
        for line in error.format_message().splitlines():
            console.say(line)
        return _FAILED
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        name = context.command_path if context else "dedup"
        hint = f" {name} --help has examples" if isinstance(error, click.MissingParameter) else ""
        return _fail(name, f"{error.format_message()}{hint}")
    except DedupError as error:
        return _fail("dedup", str(error))
    except OSError as error:
        place = error.filename or "output"
        return _fail("dedup", f"{os.fsdecode(place)}: {error.strerror or error}")
    except MemoryError:
        return _fail("dedup", "there is not enough memory; give it less at once")
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except console.Closed:
        return _PIPE_CLOSED
    except SystemExit as error:
        # click ends with 1 where whoever reads its help has gone, and nothing else here does.
        if error.code != 1:
            raise
        return _PIPE_CLOSED
    except Exception as error:  # the last resort: nothing of it is known
        return _report(error, sys.argv[1:] if arguments is None else arguments)
    return code if isinstance(code, int) else 0


def _fail(name: str, message: str) -> int:
    lines = (line.strip() for line in message.split("\n"))
    console.say(f"{name}: {' '.join(line for line in lines if line)}")
    return _FAILED


def _report(error: Exception, arguments: Sequence[str]) -> int:
    """Describe an unexpected error, and say what a report about it should contain."""
    import platform
    import shlex
    import traceback

    if os.environ.get("DEDUP_DEBUG") == "1":
        for line in "".join(traceback.format_exception(error)).splitlines():
            console.say(line)
    notes: list[str] = getattr(error, "__notes__", [])
    said = " ".join(f"{type(error).__name__}: {error}".split())
    command = _PASSWORD.sub("://***@", shlex.join(map(str, arguments)))
    console.say(f"dedup: an error of dedup itself, please report it: {said[:_MOST_SAID]}")
    console.say(
        f"dedup: with dedup {__version__}, Python {platform.python_version()},"
        f" {platform.platform()}; command: dedup {command[:_MOST_SAID]}"
        f" (DEDUP_DEBUG=1 shows where it happened){''.join(f'; {note}' for note in notes)}"
    )
    return _FAILED


if __name__ == "__main__":
    sys.exit(main())
