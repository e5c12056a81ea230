"""Checking 100,000 rows for drift against a reference of a million: ours beside its peers."""
