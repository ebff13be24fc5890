"""The job on files: copies taken out of any amount of them, every removal traced, all put back.

    request           what is asked for
    job               the folder it is done in, what is left of a killed run, moving into place
    outputs           decide (``dedup.scale``), sum up, write, in order
    selection         what goes of each document: by the decision, or by a plan
    file              one file: read, cut, written, its removals written down
    folders           those it is done in: its own, or refused
    removal, record   one removal, and the files of them; plans: the same, before it is done
    partners          the removals of a plan beside what they repeat, to look at
    statistics        what share of each source and host goes, what is repeated most
    summary           what a job did: the manifest beside the output
    references        what is never changed and takes out what repeats it
    restoration       everything back; undo: one file of it
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
