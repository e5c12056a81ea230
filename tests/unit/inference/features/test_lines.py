"""Text columns of single messages, rule by rule."""

import re
import sys

import pytest

from inference.features.lines import fold, line_facts

NAMES = [
    "connection",
    "auth",
    "error",
    "macs",
    "ips",
    "length",
    "words",
    "special",
    "upper",
    "digits",
    "unique",
]


def fact(message: str, name: str) -> float:
    return line_facts(message).columns[NAMES.index(name)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("wlan0: ap-sta-Connected", 1),
        ("STA-DISASSOC", 1),
        ("wlan0: STA aa:bb:cc:dd:ee:ff IEEE 802.11: associated", 0),
    ],
)
def test_connection_words(message: str, expected: int) -> None:
    assert fact(message, "connection") == expected


@pytest.mark.parametrize(
    ("message", "expected"), [("[preauth]", 1), ("Author", 1), ("logout", 1), ("log in", 0)]
)
def test_auth_words_occur_anywhere(message: str, expected: int) -> None:
    assert fact(message, "auth") == expected


@pytest.mark.parametrize(
    ("message", "expected"), [("failure", 0), ("Failed", 1), ("denied", 1), ("REJECTED", 1)]
)
def test_error_words(message: str, expected: int) -> None:
    assert fact(message, "error") == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("00:11:22:33:44:55:66:77", 1),
        ("aa-bb:cc-dd:ee-ff", 1),
        ("aa:bb:cc:dd:ee", 0),
        ("xaa:bb:cc:dd:ee:ffx", 1),
    ],
)
def test_mac_addresses_have_no_word_boundary_and_may_mix_separators(message: str, expected: int) -> None:
    assert fact(message, "macs") == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [("1.2.3.4.5", 1), ("999.999.999.999", 1), ("v1.2.3.4", 0), ("1.2.3.4,5.6.7.8", 2)],
)
def test_ip_addresses_need_word_boundaries_but_no_range(message: str, expected: int) -> None:
    assert fact(message, "ips") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("length", 13), ("words", 5), ("special", 6), ("upper", 0), ("digits", 2), ("unique", 11)],
)
def test_characters_of_other_scripts(name: str, expected: int) -> None:
    assert fact("ÄÖÜ ١٢ éa b\tc", name) == expected


def test_an_empty_message_is_all_zeros() -> None:
    assert line_facts("").columns == (0,) * 11


def test_folding_keeps_the_length_and_finds_what_a_case_ignoring_expression_finds() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz-"
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        folded = fold(character)
        assert len(folded) == 1
        if character.isascii() or folded.isascii():
            assert (folded in letters) == bool(re.fullmatch("[a-z-]", character, re.IGNORECASE))
