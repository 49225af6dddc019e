"""`tracker/location/link/*`: share links, and what their tokens open (api §2.10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SecurityGroup, ShareLink, User
from accounts.notices import LoginsEnded
from accounts.services.sessions import create_session
from accounts.services.share_links import KEPT_AFTER_END, forget_old_links
from accounts.services.users import assign_security_group, remove_security_group, set_activated, update_security_group
from accounts.wire.description import Needs
from accounts.wire.hashes import digest_hash, is_hash
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.rights import Right
from config.reference.calls import DECLARED
from tests.api import Api
from tests.notices import Hear
from tests.sharing import share
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users

LINK = "tracker/location/link"
NOWHERE = 2**31 - 1


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


@pytest.fixture
def group(alice: User, bob: User, van: Tracker) -> SecurityGroup:
    """Bob may share, and sees the van."""
    bind_sub_users(van, [bob])
    group = SecurityGroup.objects.create(account=alice, label="Desk", rights=[Right.WEBLOCATOR_SESSION_CREATE])
    assign_security_group(alice.pk, [bob.pk], group)
    return group


def shown(van: Tracker, *fields: str, **more: Any) -> dict[str, Any]:
    return {"tracker_id": van.pk, "params": {"object_data": list(fields)}, **more}


@pytest.mark.api(83)
def test_a_link_is_read_as_it_was_sent_but_for_its_token(api: Api, alice: User, van: Tracker) -> None:
    lifetime = {"from": "2124-01-29 01:00:00", "to": "2124-01-30 01:00:00"}
    options = {"trace_duration": 60, "autoscale": False}
    made = api(
        f"{LINK}/create",
        description="Parcel",
        lifetime=lifetime,
        trackers=[shown(van, "speed", alias="Jo")],
        params={"display_options": options, "bounding_zone_ids": [], "place_ids": None},
    )
    read = api(f"{LINK}/read", id=made["value"])["value"]
    assert is_hash(made["hash"])
    assert read["hash"] == made["hash"][:4] + "*" * 28
    assert (read["description"], read["lifetime"], read["creator_id"]) == ("Parcel", lifetime, alice.pk)
    assert read["trackers"] == [{"alias": "Jo", "tracker_id": van.pk, "params": {"object_data": ["speed"]}}]
    assert read["params"]["display_options"].items() >= options.items()
    assert api(f"{LINK}/list", filter="parc", sort=["status=desc"])["list"] == [read]
    assert api(f"{LINK}/list", filter="other")["list"] == []


@pytest.mark.api(85)
def test_a_token_is_nowhere_in_the_database(api: Api, van: Tracker) -> None:
    token = api(f"{LINK}/create", trackers=[shown(van)])["hash"]
    (row,) = ShareLink.objects.values()
    assert row["digest"] == digest_hash(token)
    assert token not in repr(row)


@pytest.mark.api(83)
@pytest.mark.parametrize(
    "wrong",
    [
        {"trackers": []},
        {"trackers": None},
        {"trackers": "twice"},
        {"trackers": "unknown field"},
        {"lifetime": {"to": "2001-01-01 00:00:00"}},
        {"lifetime": {"from": "2124-01-02 00:00:00", "to": "2124-01-01 00:00:00"}},
        {"lifetime": {"from": "9999-12-31 00:00:00"}},
        {"params": {"bounding_zone_ids": [1]}},
        {"params": {"place_ids": [1]}},
        {"params": {"shorten_url": True}},
        {"params": {"display_options": {"trace_duration": -1}}},
        {"description": "x" * 256},
    ],
)
def test_what_a_link_cannot_be_is_refused(api: Api, van: Tracker, wrong: dict[str, Any]) -> None:
    lists = {"twice": [shown(van), shown(van)], "unknown field": [shown(van, "phone")]}
    given = {name: lists[value] if value in list(lists) else value for name, value in wrong.items()}
    assert api.code(f"{LINK}/create", **{"trackers": [shown(van)], **given}) == 7
    assert not ShareLink.objects.exists()


@pytest.mark.api(83)
def test_another_accounts_tracker_is_not_shared(
    api: Api, charlie: User, van: Tracker, register: Callable[..., Tracker]
) -> None:
    for one in (register(charlie).pk, NOWHERE):
        assert api.code(f"{LINK}/create", trackers=[shown(van), {"tracker_id": one}]) == 217


@pytest.mark.api(84)
def test_a_sub_user_needs_the_right_and_sees_own_links(
    api: Api, alice: User, bob: User, van: Tracker, register: Callable[..., Tracker]
) -> None:
    theirs = Api()
    theirs.hash = create_session(bob)
    assert theirs.code(f"{LINK}/create", trackers=[shown(van)]) == 13
    group = SecurityGroup.objects.create(account=alice, label="Desk", rights=[Right.WEBLOCATOR_SESSION_CREATE])
    assign_security_group(alice.pk, [bob.pk], group)
    assert theirs.code(f"{LINK}/create", trackers=[shown(van)]) == 217
    bind_sub_users(van, [bob])
    made = theirs(f"{LINK}/create", trackers=[shown(van)])["value"]
    of_master = share(alice, [van])[0].pk
    assert [one["id"] for one in theirs(f"{LINK}/list")["list"]] == [made]
    assert theirs.code(f"{LINK}/read", id=of_master) == 201
    assert [one["id"] for one in api(f"{LINK}/list")["list"]] == [made, of_master]


@pytest.mark.api(84)
def test_links_of_an_account_have_a_bound(api: Api, alice: User, van: Tracker, settings: Any) -> None:
    settings.MAX_SHARE_LINKS_PER_ACCOUNT = 1
    share(alice, [van])
    assert (api.code(f"{LINK}/create", trackers=[shown(van)]), api.status) == (268, 402)


@pytest.mark.api(86)
@pytest.mark.parametrize(
    ("path", "more"),
    [("delete", {}), ("status/change", {"is_active": False}), ("update", {"trackers": "the van"})],
)
def test_whoever_looks_hears_of_a_change(
    api: Api, alice: User, van: Tracker, hear: Hear, path: str, more: dict[str, Any]
) -> None:
    link, token = share(alice, [van])
    more = {"trackers": [shown(van)]} if "trackers" in more else more
    with hear(alice) as heard:
        api(f"{LINK}/{path}", id=link.pk, **more)
    assert heard["alice"] == [LoginsEnded((digest_hash(token),), LogoutCause.SHARE_ENDED)]


@pytest.mark.api(86)
@pytest.mark.parametrize(
    "withdraw",
    [
        lambda alice, bob, group: update_security_group(group, "Desk", []),
        lambda alice, bob, group: remove_security_group(group),
        lambda alice, bob, group: assign_security_group(alice.pk, [bob.pk], None),
        lambda alice, bob, group: set_activated(bob, False),
    ],
    ids=["right", "group", "member", "user"],
)
def test_a_link_ends_with_the_rights_of_who_made_it(
    alice: User, bob: User, van: Tracker, group: SecurityGroup, hear: Hear, withdraw: Callable[..., None]
) -> None:
    digest = digest_hash(share(bob, [van])[1])
    bob.refresh_from_db()
    with hear(alice) as heard:
        withdraw(alice, bob, group)
    assert [digest in notice.digests for notice in heard["alice"] if isinstance(notice, LoginsEnded)] == [True]


@pytest.mark.api(85)
def test_a_token_opens_no_call(alice: User, van: Tracker, settings: Any) -> None:
    settings.MAX_REQUESTS_PER_SECOND = settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 100_000
    token = share(alice, [van], "speed")[1]
    api = Api()
    needing = [one.schemas[0] for one in DECLARED if one.schemas[0].needs is not Needs.NOTHING]
    assert len(needing) > 100
    opened = [one.route for one in needing if api.code(one.route, hash=token, tracker_id=van.pk) not in (3, 4)]
    assert opened == []


@pytest.mark.api(84)
def test_links_that_are_long_over_are_forgotten(alice: User, van: Tracker) -> None:
    now = timezone.now()
    ends = {days: now - KEPT_AFTER_END + timedelta(days=days) for days in (-1, 1)}
    kept = {days: share(alice, [van], expires_at=end)[0].pk for days, end in ends.items()}
    assert forget_old_links(now) == 1
    assert ShareLink.objects.get().pk == kept[1]


@pytest.mark.api(84)
def test_a_link_without_an_end_gets_one(api: Api, van: Tracker, settings: Any) -> None:
    settings.SHARE_LINK_DAYS = 3
    api(f"{LINK}/create", trackers=[shown(van)], lifetime={"from": "2124-01-01 00:00:00"})
    assert ShareLink.objects.get().expires_at == datetime(2124, 1, 4, tzinfo=UTC)
