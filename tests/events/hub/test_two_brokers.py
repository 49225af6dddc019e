"""Two brokers: each account's notices travel over one of them, and one that is away costs the others nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from channels.layers import channel_layers

from accounts.models import User
from accounts.notices import account_group, layer_of
from events.hub import losses as losses_module
from events.node import Node
from events.web.readiness import brokers, readiness
from tests.events.conftest import Visit, Visitor
from tests.events.fakes import PATIENCE_S, LossyLayer
from trackers.models import Tracker


@pytest.fixture
async def layer(settings: Any) -> LossyLayer:
    """The first of two."""
    lossy = {"BACKEND": "tests.events.fakes.LossyLayer"}
    settings.CHANNEL_LAYERS = {"default": lossy, "broker-2": lossy}
    return channel_layers["default"]


@pytest.fixture
async def second(layer: LossyLayer) -> LossyLayer:
    return channel_layers["broker-2"]


@pytest.fixture
def owners(transactional_db: None, layer: LossyLayer) -> dict[str, User]:
    """Somebody of each broker."""
    found: dict[str, User] = {}
    number = 0
    while len(found) < 2:
        number += 1
        user = User.objects.create_user(f"owner-{number}@fleet.example", None, title=f"Owner {number}")
        found.setdefault(layer_of(user.pk), user)
    return found


@pytest.fixture
def fleet(owners: dict[str, User], register: Callable[..., Tracker]) -> dict[str, Tracker]:
    return {name: register(owner) for name, owner in owners.items()}


@pytest.fixture
async def visitors(node: Node, visit: Visit, owners: dict[str, User], fleet: dict[str, Tracker]) -> dict[str, Visitor]:
    """A client of each, who has the current state."""
    found = {}
    for name, owner in owners.items():
        found[name] = await visit(owner)
        await found[name].subscribe([fleet[name].pk])
        await found[name].message()
    return found


async def test_each_account_is_heard_over_its_own_broker(
    layer: LossyLayer,
    second: LossyLayer,
    visitors: dict[str, Visitor],
    owners: dict[str, User],
    fleet: Any,
    report: Any,
) -> None:
    groups = {"default": layer.groups, "broker-2": second.groups}
    for name, visitor in visitors.items():
        await report(fleet[name], 4)
        assert await visitor.speeds(1) == [(fleet[name].source_id, 4)]
        assert [account_group(owners[name].pk) in there for there in groups.values()] == [key == name for key in groups]


async def test_broker_that_is_away_costs_other_accounts_nothing(
    second: LossyLayer,
    node: Node,
    visitors: dict[str, Visitor],
    fleet: Any,
    report: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(losses_module, "SILENCE_S", 0.3)
    second.loses = True
    async with asyncio.timeout(PATIENCE_S):
        while not node.hub.is_silent:
            await asyncio.sleep(0.01)
    second.is_down = True
    heard = node.hub.notices_heard
    for name, visitor in visitors.items():
        await report(fleet[name], 5)
        if name == "default":
            assert await visitor.speeds(1) == [(fleet[name].source_id, 5)]
            assert node.hub.notices_heard == heard + 1
    assert (await brokers(), (await readiness())["broker"]) == ({"default": True, "broker-2": False}, True)
    await second.heal()
    assert await visitors["broker-2"].speeds(1) == [(fleet["broker-2"].source_id, 5)]
