"""The findings of a check: which of them are new, and which the baseline accepts."""
