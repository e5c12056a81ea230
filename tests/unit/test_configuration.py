"""Every environment variable is documented, and nothing reads the environment past ``modelhub.env``."""

import ast
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from modelhub import env

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_documentation_lists_every_variable_with_default_and_meaning() -> None:
    documented = (ROOT / "docs" / "configuration.md").read_text()
    for variable in env.VARIABLES:
        default = f"`{variable.default}`" if variable.default else "–"
        assert f"| `{variable.name}` | {default} | {variable.help} |" in documented, variable.name


def test_the_documentation_lists_nothing_else() -> None:
    lines = (ROOT / "docs" / "configuration.md").read_text().splitlines()
    rows = [line.split("`")[1] for line in lines if line.startswith("| `")]
    assert sorted(rows) == sorted(variable.name for variable in env.VARIABLES)


def test_settings_read_only_known_variables() -> None:
    tree = ast.parse((ROOT / "modelhub" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    readers = {"text", "flag", "number", "names", "one_of"}
    read = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in readers
        and isinstance(call.args[0], ast.Constant)
    }
    assert read <= {variable.name for variable in env.VARIABLES}


def test_a_number_that_is_none_stops_the_start_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(ImproperlyConfigured, match="PORT must be a whole number"):
        env.number("PORT")
