"""The secret key of a hub that was given none: made once, kept in its home."""

import secrets
from pathlib import Path


def kept(home: Path) -> str:
    """The key in the home, readable by its owner only; whole or not there, whoever looks meanwhile."""
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"secret_key.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        fresh.replace(path)
    return path.read_text().strip()
