"""Paragraphs that don't fit one machine: the stages of ``find`` on a Spark cluster.

    sketch      documents -> paragraphs: fingerprint, band keys, sketch, text
    copies      equal fingerprints: every paragraph that repeats an earlier one to the word
    rows        the other paragraphs, numbered by rank (only where a rank is given)
    buckets     band keys -> pairs of small buckets, members of hot buckets
    likely      distinct pairs whose sketches agree in enough places
    texts       sketches and texts of the rows that meet another
    compare     the similarity of each likely pair, and whether a pair alike is a variant
    pairs       the pairs on which the answer may depend (only beyond what one task decides)
    clusters    rows that hang together (only beyond what one task decides)
    decide      rows in the order of rank, by ``core.walk``
    answer      the decision for every paragraph that isn't simply kept
    followers   short paragraphs inside runs

Every stage writes Parquet to a work folder. A stage whose Parquet is complete is skipped, so a job
goes on where a killed driver left it. Rows are what ``find`` calls unique rows, in the order of
rank; places number paragraphs in the order of reading. Spark moves the rows; ``dedup.stages`` and
``dedup.core`` hash, compare and decide them, in ``mapInArrow``.

Executors need numpy, xxhash, rapidfuzz, pyarrow (and pandas, which pyspark asks for), and this
package: installed there, or shipped by ``spark.addArtifact(archive(), pyfile=True)``, before 4.0
``spark.sparkContext.addPyFile(archive())``. ``session.session`` ships it. The archive holds the
kernel's library for the driver's kind of machine; executors of another kind must have dedup
installed.

Ranks and scopes of documents are computed where files are read (``tasks.documents``); ranks,
protection and references of paragraphs where these are sketched (``tasks.sketches``).
``dedup.dump.spark`` applies the rest of a policy to the answer.

A job sets some options of Spark and sets them back at the end: rows and bytes of a batch to
Python, adaptive joins, the number of shuffle partitions. The caller sets the memory of executors
(1 GB does for 50,000 paragraphs a task), ``spark.io.compression.codec`` (zstd shuffles less) and
``spark.ui.enabled`` (without it, shuffled bytes are unknown). The work folder must be one that all
executors reach. A job uses no RDD and no call into the JVM, so it runs on Spark Connect too.

``frames`` cleans a DataFrame, ``dedup.dump.spark`` files; ``stages`` is what the driver asks of
Spark, ``tasks`` what executors run, ``work`` the folder of what the stages wrote. pyspark is
imported inside the functions that use it.
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
