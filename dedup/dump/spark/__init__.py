"""The job on files on a Spark cluster: decided by DataFrames, written by tasks, a file each.

    job     what a cluster does in the place of ``dump.outputs``
    going   what goes of what was decided: ``dump.selection`` as joins
    sums    who loses what: ``dump.statistics`` as sums
    files   the task that writes files

What is written is what one machine writes, byte for byte: a task is told what goes of a file and
writes it by ``dump.file``. Does not know: how copies are found (``dedup.scale.spark``).
"""

from dedup.dump.spark.job import clean_on_cluster

__all__ = ["clean_on_cluster"]
