"""What a client takes along when it goes on in another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from events.client import Client
from events.protocol import messages
from events.protocol.following import Watch
from trackers.rendering import StateFormat

if TYPE_CHECKING:
    from events.hub import Hub


@dataclass(frozen=True, slots=True)
class PackedLogin:
    """A login and where it left off; who it is and what it may see is read from the database again."""

    digest: str
    account_id: int
    form: StateFormat
    iso: bool
    watches: dict[int, Watch]
    """By source id."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The messages that wait for a client, in order, and its logins."""

    messages: tuple[str, ...]
    logins: tuple[PackedLogin, ...]


def pack(client: Client) -> Parcel:
    """What a client holds; it keeps it."""
    logins = (
        PackedLogin(
            login.principal.digest,
            login.principal.account_id,
            login.form,
            login.iso,
            login.subscription.watches(),
        )
        for login in client.logins
    )
    return Parcel(client.outbox.waiting, tuple(logins))


async def unpack(parcel: Parcel, client: Client, hub: Hub) -> None:
    """Lets a client go on where it left off, with all that happened since as the database has it."""
    client.outbox.put_back(parcel.messages, datetime.now(UTC))
    by_account: dict[int, list[PackedLogin]] = {}
    for login in parcel.logins:
        by_account.setdefault(login.account_id, []).append(login)
    for account_id, logins in by_account.items():
        await _unpack_logins(account_id, logins, client, hub)


async def _unpack_logins(account_id: int, packed: Sequence[PackedLogin], client: Client, hub: Hub) -> None:
    await hub.attach(client, account_id)
    loaded = await hub.load_account(account_id, [login.digest for login in packed])
    for login in packed:
        principal = loaded.principals.get(login.digest)
        if principal is None:
            client.queue(messages.logout())
        elif not client.has_login(login.digest):
            resumed = client.login_for(principal)
            resumed.read_as(login.form, iso=login.iso)
            resumed.subscription.resume(login.watches)
        else:
            client.login_for(principal).subscription.resume(login.watches)
    client.reconcile(account_id, loaded.principals, loaded.tracked, client.followed(account_id))
