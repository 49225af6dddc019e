"""Fresh credentials."""

from __future__ import annotations

import secrets


def new_hash() -> str:
    """A credential with 128 random bits, as 32 hexadecimal characters (api §1.3)."""
    return secrets.token_hex(16)
