"""The options of users, as frozen values: a field has the default, the bounds and the help.

Knows: which options there are, which values each may have, and their help. Does not know: the
command line (``commands.options`` makes its options from these values), what an option does.

    criteria    what counts as a copy
    policy      what a job takes out, and what stays all the same
    resources   the memory, processes and folder that a job may take
    fields      a field of such a value that is an option

Options of reading and writing stand in values of the same kind where files are read and written:
``readers.options``, ``writers.edits``.
"""

from dedup.options.criteria import Matching, MatchingOptions
from dedup.options.policy import Policy
from dedup.options.resources import Resources

#: What is meant where nothing is said.
USUAL_MATCHING = Matching()
USUAL_POLICY = Policy()
USUAL_RESOURCES = Resources()

__all__ = [
    "USUAL_MATCHING",
    "USUAL_POLICY",
    "USUAL_RESOURCES",
    "Matching",
    "MatchingOptions",
    "Policy",
    "Resources",
]
