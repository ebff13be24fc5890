"""What a check is told: the file of settings, presets, comments in documents."""
