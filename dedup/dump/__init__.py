"""The job on files: removes copies from any amount of files, records each removal, restores all.

    request           the values that describe a job
    job               the order of the steps, the work folder, recovery after a killed run
    outputs           decides (``dedup.scale``), sums up and writes, in this order
    selection         which paragraphs of each document are removed: by the decision or by a plan
    file              one file: reads it, cuts it, writes it and records its removals
    batch             short plain documents of a file that are shortened together
    folders           the folders of a job: creates its own, refuses those of others
    removal, record   one removal, and the files that hold removals
    plans             removals that are listed before they are carried out
    partners          the removals of a plan beside the paragraphs that they repeat, for review
    statistics        the share that each source and host loses, and the most repeated paragraphs
    summary           what a job did: the manifest beside the output
    references        files that are never changed, and whose copies are removed elsewhere
    restoration, undo restore all files, and one file
    spark             the same job, decided and written by a cluster

Does not know: how copies are found, containers, the command line, printing.
"""

from __future__ import annotations

from dedup.dump.job import Stopped, clean_files
from dedup.dump.outputs import TooMuchLost
from dedup.dump.request import Request
from dedup.dump.restoration import restore
from dedup.dump.summary import Summary
from dedup.options import Policy

__all__ = ["Policy", "Request", "Stopped", "Summary", "TooMuchLost", "clean_files", "restore"]
