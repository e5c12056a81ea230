"""``from inference.validator import ModelValidator``: the name under which callers know it."""

from inference.validation.validator import ModelValidator

__all__ = ["ModelValidator"]
