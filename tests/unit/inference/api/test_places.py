"""Places are taken without waiting and given back exactly once."""

from collections.abc import Iterator

import pytest

from inference.api.places import Occupying, Places


def test_as_many_as_there_are_can_be_taken() -> None:
    places = Places(2)
    assert [places.take() for _ in range(3)] == [True, True, False]


def test_a_place_that_was_given_back_can_be_taken() -> None:
    places = Places(1)
    places.take()
    places.give_back()
    assert places.take()


def _occupying(pieces: object) -> tuple[Occupying, Places]:
    places = Places(1)
    places.take()
    return Occupying(pieces, afterwards=places.give_back), places  # type: ignore[arg-type]


def test_an_answer_keeps_its_place_until_it_is_closed() -> None:
    answer, places = _occupying([b"a", b"b"])
    assert list(answer) == [b"a", b"b"]
    assert not places.take()
    answer.close()
    assert places.take()


def test_closing_twice_gives_back_once() -> None:
    answer, places = _occupying([])
    answer.close()
    answer.close()
    assert [places.take(), places.take()] == [True, False]


def test_what_is_inside_is_closed_too_and_its_failure_keeps_no_place() -> None:
    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            return iter(())

        def close(self) -> None:
            raise OSError("gone")

    answer, places = _occupying(Broken())
    with pytest.raises(OSError, match="gone"):
        answer.close()
    assert places.take()
