"""The configuration of a check: the file of settings, presets, comments in documents."""
