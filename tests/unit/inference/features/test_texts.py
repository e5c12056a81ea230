"""Messages read together say what each says alone."""

import random

import pytest

from inference.features import texts
from inference.features.lines import line_facts
from inference.features.texts import text_facts

ADDRESSES = "10.0.0.1", "1.2.3.4.5.6.7.8", "1.2.3.4.5", "256.1.1.1000", "1234.5.6.7", "01.002.3.4", "1.2.3"
BESIDE = (
    "x1.2.3.4",
    "1.2.3.4x",
    "1..2.3.4",
    "1.2.3.4_",
    ".1.2.3.4.",
    "02:aa:BB:0c:11:f0",
    "02-aa-BB-0c-11-f0-",
)
WORDS = (
    "AP-STA-CONNECTED",
    "ap-sta-disconnected",
    "sta-assoc",
    "sta-disassoc",
    "authentication",
    "Login",
    "LOGOUT",
)
FAULTS = "ERROR", "Failed", "denied", "rejected", "errorerror", "%%", "Z", "7", ":::::", "é", "ſ"
PIECES = [*ADDRESSES, *BESIDE, *WORDS, *FAULTS, " ", "\n", "\t", "\x1c", "\x1f", "\x00", "\x7f"]


def same(messages: list[str]) -> None:
    read = text_facts(messages)
    for place, message in enumerate(messages):
        alone = line_facts(message)
        assert read.columns[place].tolist() == [float(value) for value in alone.columns], message
        assert read.is_connected[place] == alone.is_connected
        assert read.is_failure[place] == alone.is_failure
        assert read.mac_tails[place] == alone.mac_tails


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_of_messages(seed: int) -> None:
    chance = random.Random(seed)
    same(["".join(chance.choices(PIECES, k=chance.randrange(6))) for _ in range(150)])


@pytest.mark.parametrize("seed", range(4))
def test_any_text_of_digits_dots_and_letters(seed: int) -> None:
    chance = random.Random(seed)
    same(["".join(chance.choices("1234.....ax_: ", k=chance.randrange(40))) for _ in range(400)])


@pytest.mark.parametrize(
    "messages", [[], [""], ["", ""], ["x"], ["é"], ["1.2.3.4", "1.2.3.4"], ["err", "or"], ["fai\nled"]]
)
def test_short_lists_and_words_across_messages(messages: list[str]) -> None:
    same(messages)


def test_every_single_character() -> None:
    same([chr(code) for code in range(0x100)])


def test_counts_that_fill_their_bits() -> None:
    longest = texts.LONGEST - 1
    same(
        [
            "%" * longest,
            "A" * longest,
            "7" * longest,
            "a " * (longest // 2),
            "%" * (longest + 1),
            "A" * 70_000,
        ]
    )
