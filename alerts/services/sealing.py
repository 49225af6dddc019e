"""Keys that must be had again are stored encrypted, by a key made of SECRET_KEY (alerts §6.4)."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


def seal(key: bytes, salt: str) -> str:
    """The key, encrypted and authenticated; `salt` names what it is for."""
    return _box(salt).encrypt(key).decode()


def unseal(sealed: str, salt: str) -> bytes | None:
    """The key; None when it was sealed under another SECRET_KEY."""
    try:
        return _box(salt).decrypt(sealed.encode())
    except InvalidToken:
        return None


def _box(salt: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac(salt, "", algorithm="sha256").digest()))
