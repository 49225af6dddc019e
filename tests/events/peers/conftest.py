"""Processes on one layer and one broker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from accounts.notices import current_publisher
from events.node import Node
from events.peers import moves as moves_module
from events.peers import relay as relay_module
from tests.events.fakes import LossyLayer, MemoryBroker


@pytest.fixture
def hasty(two_processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have little time to answer."""
    monkeypatch.setattr(relay_module, "CLAIM_S", 0.05)
    monkeypatch.setattr(moves_module, "ANSWER_S", 0.05)


@pytest.fixture
async def here(layer: LossyLayer) -> AsyncIterator[Node]:
    node = Node()
    yield node
    await node.stop()
    await current_publisher().stop()


@pytest.fixture
async def there(layer: LossyLayer) -> AsyncIterator[Node]:
    node = Node()
    await node.channel.wait_until_open()
    yield node
    await node.stop()


@pytest.fixture
async def elsewhere(layer: LossyLayer) -> AsyncIterator[Node]:
    """A third one."""
    node = Node()
    await node.channel.wait_until_open()
    yield node
    await node.stop()


@pytest.fixture
def broker_fault(two_processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker keeps nothing."""
    monkeypatch.setattr(MemoryBroker, "fails", True)
