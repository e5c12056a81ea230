"""The table of families: proper names, and a page that says what each of them is."""

import json
import re
import tomllib
from pathlib import Path

from modelhub import build
from monitoring.exposition.families import BY_NAME, FAMILIES, Kind

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs" / "metrics.md"
NAME = re.compile(r"modelhub_[a-z_]+")


def test_names_follow_the_rules_of_prometheus() -> None:
    assert len(BY_NAME) == len(FAMILIES)
    for family in FAMILIES:
        assert NAME.fullmatch(family.name)
        assert family.name.endswith("_total") == (family.kind == Kind.COUNTER), family.name
        assert list(family.bounds) == sorted(set(family.bounds))


def test_the_page_has_a_line_for_every_family_with_its_labels() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `modelhub_")]
    told = {}
    for line in lines:
        name, kind, labels = [cell.strip() for cell in line.strip("|").split("|")][:3]
        told[name.strip("`")] = (kind, tuple(re.findall(r"`(\w+)`", labels)))
    assert told == {family.name: (family.kind.value, family.labels) for family in FAMILIES}


def test_rules_and_dashboard_name_only_families_that_exist() -> None:
    known = set(BY_NAME) | {
        family.name + suffix
        for family in FAMILIES
        if family.kind == Kind.HISTOGRAM
        for suffix in ("_bucket", "_sum", "_count")
    }
    rules = (ROOT / "docs/prometheus/rules.yml").read_text()
    dashboard = json.loads((ROOT / "docs/prometheus/dashboard.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert asked
    named = set(NAME.findall(rules)) | {name for expression in asked for name in NAME.findall(expression)}
    assert named <= known


def test_panels_of_the_dashboard_have_their_own_place_and_ask_the_chosen_source() -> None:
    dashboard = json.loads((ROOT / "docs/prometheus/dashboard.json").read_text())
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, (panel["title"], taken[x, y])
                taken[x, y] = panel["title"]
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == panel["datasource"]["uid"] == "${datasource}"
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_build_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == build.VERSION
