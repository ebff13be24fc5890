"""Paragraphs that don't fit one machine: the stages of ``find`` on a Spark cluster.

    sketch      documents -> paragraphs: fingerprint, band keys, sketch, text
    copies      equal fingerprints: every paragraph that repeats an earlier one to the word
    rows        heads by rank, numbered (only where a rank is given)
    buckets     band keys packed in blocks, bucket by bucket -> pairs that meet, members of hot ones
    likely      distinct pairs whose sketches agree in enough places
    texts       sketches and texts of the rows that meet another
    compare     similarity of each likely pair, and whether a pair alike is a variant
    pairs       pairs on which an answer may depend (only where one task can't decide all)
    clusters    rows that hang together (the same)
    decide      rows in the order of rank, by ``core.walk``
    answer      the decision for every paragraph that isn't simply kept
    short_in_runs  short paragraphs inside runs

Every stage writes Parquet to a work folder and is skipped when it is there, so a driver that was
killed goes on where it was. Rows are what ``find`` calls unique rows, in the order of rank; places
are paragraphs in the order of reading. Rows move by Spark; what is hashed, compared and decided is
so by ``dedup.stages`` and ``dedup.core`` in ``mapInArrow``.

Executors need numpy, xxhash, rapidfuzz, pyarrow (and pandas, which pyspark asks for), and this
package: installed there, or shipped by ``spark.addArtifact(archive(), pyfile=True)``, before 4.0
``spark.sparkContext.addPyFile(archive())``; ``sessions.session`` does so itself. What is shipped
holds the kernel's library of the driver's kind of machine; others must have dedup installed.

Of a policy (``options.policy``) ranks and scopes of documents are told where files are read, ranks,
protection and references of paragraphs where they are sketched; what of the copies goes then says
``dump.spark``.

A job sets, and sets back, rows and bytes of a batch to Python, adaptive joins, and the number of
shuffle partitions. Set by the caller: memory of executors (1 GB does for 50,000 paragraphs a task),
``spark.io.compression.codec`` (zstd shuffles less), ``spark.ui.enabled`` (or no bytes are told). It
needs a work folder that all executors reach; no RDD, no call into the JVM, so Connect will do.

``frames`` cleans a DataFrame, ``dedup.dump.spark`` files; ``stages`` is what the driver asks of
Spark, ``tasks`` what executors run, ``work`` the folder of what they wrote. pyspark is imported
where it is used.
"""

from dedup.scale.failures import WorkMismatch
from dedup.scale.spark.archive import archive
from dedup.scale.spark.cluster import Cluster
from dedup.scale.spark.failures import JavaMissing, StageFailed
from dedup.scale.spark.frames import CleanedFrame, clean
from dedup.scale.spark.source import Columns

__all__ = [
    "CleanedFrame",
    "Cluster",
    "Columns",
    "JavaMissing",
    "StageFailed",
    "WorkMismatch",
    "archive",
    "clean",
]
