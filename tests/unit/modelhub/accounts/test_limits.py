"""What counts as one caller."""

import pytest

from modelhub.accounts import limits


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_network_is_one_caller(address: str, site: str) -> None:
    assert limits.site_of(address) == site


def test_an_absurd_address_is_cut() -> None:
    assert len(limits.site_of("x" * 10_000)) == 64
