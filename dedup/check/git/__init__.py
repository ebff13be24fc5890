"""Git, as far as a check asks it: what is tracked, what changed."""
