"""Credentials: how they are made, and who hears that they are worth nothing any more."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from accounts.models import ApiKey, Session, ShareLink
from accounts.notices import LoginsEnded, publish
from accounts.wire.logout_causes import LogoutCause


def new_hash() -> str:
    """A credential with 128 random bits, as 32 hexadecimal characters (api §1.3)."""
    return secrets.token_hex(16)


def announce_end(credentials: Iterable[Session | ApiKey | ShareLink], cause: LogoutCause) -> None:
    """Tells the processes of the accounts, each in one notice, that these open nothing from now on."""
    by_account: dict[int, list[str]] = {}
    for credential in credentials:
        by_account.setdefault(credential.user.account_id, []).append(credential.digest)
    for account_id, digests in by_account.items():
        publish(account_id, LoginsEnded(tuple(digests), cause))
