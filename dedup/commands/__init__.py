"""The commands: parse options, call the library, print the answer.

Knows: options, exit codes, which report is printed where. Does not know: how anything is found,
read, cut or written. A module holds one command, or two that belong together; ``options``,
``check_options`` and ``steps`` hold what several share. ``dedup.cli`` runs the commands.
"""
