"""Before and after as a table: every fact once, what changed marked."""

from modelhub.audit.admin.changes import changes


def test_what_changed_is_marked_and_what_stayed_is_not() -> None:
    rows = changes({"deployed": "a", "kept": 1}, {"deployed": "b", "kept": 1})
    assert [(row.name, row.before, row.after, row.differs) for row in rows] == [
        ("deployed", "a", "b", True),
        ("kept", "1", "1", False),
    ]


def test_facts_of_one_side_have_a_dash_on_the_other() -> None:
    assert [(row.before, row.after) for row in changes({"old": 1}, {"new": 2})] == [("1", "–"), ("–", "2")]


def test_nested_facts_are_named_by_their_path() -> None:
    (row,) = changes({}, {"user": {"groups": ["viewer"]}})
    assert (row.name, row.after) == ("user › groups", '["viewer"]')


def test_truth_and_nothing_are_words() -> None:
    rows = changes({"is_active": True, "version": None}, {"is_active": False, "version": None})
    assert [(row.before, row.after) for row in rows] == [("yes", "no"), ("none", "none")]
