"""The reference trainer: what the training service does, from log lines to its own package format."""
