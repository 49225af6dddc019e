"""Credentials of the API: 32 hexadecimal characters, of which only a digest is stored."""

from __future__ import annotations

import re
from hashlib import sha256

_HASH = re.compile(r"[0-9a-fA-F]{32}")


def is_hash(text: object) -> bool:
    """Whether `text` has the shape of a credential (api §1.3)."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def digest_hash(credential: str) -> str:
    """What is stored of a credential; a plain SHA-256 serves, as 128 random bits cannot be guessed."""
    return sha256(credential.lower().encode()).hexdigest()
