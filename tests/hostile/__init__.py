"""Builders of hostile and broken model files. Their one payload creates an empty file: a canary."""
