"""The job on files, on a Spark cluster: DataFrames decide, and a task writes each file.

    job        the steps of the job, in the place of ``dump.outputs``
    selection  which paragraphs go: ``dump.selection`` as joins
    sums       what each source and host loses: ``dump.statistics`` as sums
    files      the task that writes files

Output is that of one machine, byte for byte: a task gets what goes of a file, and writes the file
by ``dump.file``. Does not know: how copies are found (``dedup.scale.spark``).
"""

from dedup.dump.spark.job import clean_on_cluster

__all__ = ["clean_on_cluster"]
