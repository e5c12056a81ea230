"""Typed reading of parsed JSON: a field of the wrong type is refused by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modelhub.errors import Code, PackageRefused

_LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Section:
    """One JSON object and where it stands, such as ``metadata.json: training_info``.

    Every reader answers None for an absent field; null is refused unless ``null=True``, where it
    answers None too. All raise PackageRefused (metadata_invalid) that names the field.
    """

    where: str
    values: Mapping[str, Any]

    def section(self, key: str, *, null: bool = False) -> "Section":
        """The object at ``key``; an empty one where it is absent."""
        value = self._typed(key, "an object", _is_object, null=null)
        return Section(self._name(key), value or {})

    def text(self, key: str, *, null: bool = False, longest: int = _LONGEST_TEXT) -> str | None:
        """A text of at most ``longest`` characters."""
        value: str | None = self._typed(
            key,
            f"a text of at most {longest} characters",
            lambda value: isinstance(value, str) and len(value) <= longest,
            null=null,
        )
        return value

    def required_text(self, key: str, *, longest: int = _LONGEST_TEXT) -> str:
        """A text that must be there."""
        value = self.text(key, longest=longest)
        if value is None:
            raise invalid(f"{self._name(key)} is missing.")
        return value

    def integer(self, key: str, *, null: bool = False) -> int | None:
        """A whole number."""
        value: int | None = self._typed(key, "a whole number", _is_integer, null=null)
        return value

    def number(self, key: str, *, null: bool = False) -> float | None:
        """A finite number."""
        value = self._typed(key, "a number", _is_number, null=null)
        return None if value is None else float(value)

    def names(self, key: str) -> tuple[str, ...] | None:
        """A list of different, non-empty texts."""
        value = self._typed(key, "a list of different names", is_name_list, null=False)
        return None if value is None else tuple(value)

    def _typed(self, key: str, expected: str, accepts: Callable[[Any], bool], *, null: bool) -> Any:
        if key not in self.values:
            return None
        value = self.values[key]
        if (value is None and null) or accepts(value):
            return value
        raise invalid(f"{self._name(key)} must be {expected}{' or null' if null else ''}.")

    def _name(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where[-5:] != ".json" else f"{self.where}: {key}"


def invalid(sentence: str) -> PackageRefused:
    """The refusal of metadata that does not say what it must."""
    return PackageRefused(Code.METADATA_INVALID, sentence)


def is_name_list(value: Any) -> bool:
    """True for a list of different texts of 1 to 256 characters."""
    return (
        isinstance(value, list)
        and all(isinstance(name, str) and 0 < len(name) <= 256 for name in value)
        and len(set(value)) == len(value)
    )


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
