"""Figures go between their marks and nowhere else."""

from bench.report import filled

PAGE = (
    "# T\n<!-- bench http -->\nold\n<!-- end http -->\nwords\n<!-- bench load -->\nkept\n<!-- end load -->\n"
)


def test_a_text_replaces_what_was_between_its_marks() -> None:
    page = filled(PAGE, {"http": r"| 1 | \1 |"})
    assert page == PAGE.replace("old", r"| 1 | \1 |")


def test_filling_twice_changes_nothing_more() -> None:
    once = filled(PAGE, {"http": "new"})
    assert filled(once, {"http": "new"}) == once


def test_every_place_of_the_page_belongs_to_a_benchmark() -> None:
    from bench.report import _PAGE, _PLACE, NAMES

    assert [found[1] for found in _PLACE.findall(_PAGE.read_text())]
    assert {found[1] for found in _PLACE.findall(_PAGE.read_text())} <= set(NAMES)
