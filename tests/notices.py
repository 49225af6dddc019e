"""Hears the notices of accounts, as another process would."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from accounts.models import User
from accounts.notices import account_group, decode_notice

Heard = dict[str, list[Any]]
Hear = Callable[..., AbstractContextManager[Heard]]

END = {"type": "end"}


class Listener:
    """One account's notices, from now on."""

    def __init__(self, account: User) -> None:
        self._layer = get_channel_layer()
        self._group = account_group(account.pk)
        self._channel = f"listener.{uuid.uuid4().hex}"
        async_to_sync(self._layer.group_add)(self._group, self._channel)

    def take_all(self) -> list[Any]:
        """What was heard, and the end of the hearing."""
        return async_to_sync(self._take_all)()

    async def _take_all(self) -> list[Any]:
        await self._layer.send(self._channel, END)
        notices = []
        while (envelope := await self._layer.receive(self._channel)) != END:
            notices.append(decode_notice(envelope))
        await self._layer.group_discard(self._group, self._channel)
        return notices


def hearing(capture_on_commit: Callable[..., Any]) -> Hear:
    """A context manager that runs what was left for the commit, and then knows what each account was told.

    The keys are the first names of the people: `heard["alice"]`.
    """

    @contextmanager
    def hear(*accounts: User) -> Iterator[Heard]:
        listeners = {account.title.lower(): Listener(account) for account in accounts}
        heard: Heard = {}
        with capture_on_commit(execute=True):
            yield heard
        heard.update({name: listener.take_all() for name, listener in listeners.items()})

    return hear
