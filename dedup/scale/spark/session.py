"""The session of Spark that a job uses.

Knows: where Java may be, how executors get this package. Does not know: jobs.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import MissingExtra
from dedup.scale.spark.archive import archive
from dedup.scale.spark.failures import JavaMissing
from dedup.scale.spark.metrics import is_remote

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


#: Options of Java where driver and executors are one process: it compiles quickly rather than well,
#: for most of the work is not in Java, and compiling took half of the time of a job of minutes.
_LOCAL_JAVA = "-XX:TieredStopAtLevel=1"


def session(master: str | None = None, conf: Mapping[str, str] | None = None) -> SparkSession:
    """Return the running session, or begin one; its executors get this package.

    Args:
        master: "local[2]", "spark://host:7077", "yarn", ..., or "sc://host:15002" for Spark
            Connect; None is what spark-submit or the configuration says.
        conf: settings of Spark.

    Raises:
        JavaMissing: where the driver needs Java and there is none.
        MissingExtra: where pyspark is not installed.

    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtra("pyspark", "spark") from error
    builder = SparkSession.builder.appName("dedup")
    if master is not None and master.startswith("local"):
        # spark.driver.extraJavaOptions comes after these, so the caller's options win.
        builder = builder.config("spark.driver.defaultJavaOptions", _LOCAL_JAVA)
    for name, value in (conf or {}).items():
        builder = builder.config(name, value)
    if master is not None and master.startswith("sc://"):
        spark = builder.remote(master).getOrCreate()
    else:
        find_java()
        if master is not None:
            builder = builder.master(master)
        submitted = "PYSPARK_GATEWAY_PORT" in os.environ
        if not submitted and (master is None or master.startswith("local")):
            # Executors on this machine use the Python of the driver, which has what they need.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        spark = builder.getOrCreate()
    if master is None or not master.startswith("local"):
        ship(spark)
    return spark


def ship(spark: SparkSession) -> None:
    """Send this package to the executors of a session."""
    if is_remote(spark):
        spark.addArtifacts(archive(), pyfile=True)
    else:
        spark.sparkContext.addPyFile(archive())


def find_java() -> str:
    """Find Java as Spark does: in JAVA_HOME, or else on the PATH. Raises JavaMissing."""
    home = os.environ.get("JAVA_HOME")
    if home:
        java = Path(home) / "bin" / "java"
        if not java.exists():
            raise JavaMissing(f"JAVA_HOME is {home}, and there is no {java}")
        return str(java)
    found = shutil.which("java")
    if found:
        return found
    raise JavaMissing("JAVA_HOME is not set and there is no java on the PATH")
