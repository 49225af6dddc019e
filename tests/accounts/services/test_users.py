"""Blocking and removing users, who is told, and that only what was committed is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from accounts.models import ApiKey, Session, User
from accounts.notices import LoginsEnded
from accounts.selectors import Principal, live_principals, principal_for_hash, user_of
from accounts.services.api_keys import create_api_key
from accounts.services.passwords import change_password, restore_password
from accounts.services.sessions import create_session
from accounts.services.users import remove_user, save_user, set_activated, update_settings
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash
from tests.api import Api
from tests.notices import Hear


class Rollback(Exception):
    """Ends a transaction."""


@pytest.fixture
def logins(alice: User, bob: User, charlie: User) -> dict[str, str]:
    """A hash of each, and a key of Alice and one of Bob."""
    hashes = {user.title: create_session(user) for user in (alice, bob, charlie)}
    return hashes | {f"{user.title}'s key": create_api_key(user, "key")[1] for user in (alice, bob)}


def who_gets_in(logins: dict[str, str]) -> list[str]:
    return [name for name, one in logins.items() if Api()("base/nothing", hash=one)["success"]]


def told(notices: list[LoginsEnded]) -> set[str]:
    return {digest for notice in notices for digest in notice.digests}


@pytest.mark.parametrize("end", [remove_user, lambda user: set_activated(user, False)], ids=["remove", "block"])
def test_a_master_takes_the_sub_users_along(
    alice: User, charlie: User, logins: dict[str, str], hear: Hear, end: Callable[[User], None]
) -> None:
    with hear(alice, charlie) as heard:
        end(alice)
    assert who_gets_in(logins) == ["Charlie"]
    ended = {digest_hash(one) for name, one in logins.items() if name != "Charlie"}
    assert (told(heard["alice"]), heard["charlie"]) == (ended, [])


@pytest.mark.parametrize("end", [remove_user, lambda user: set_activated(user, False)], ids=["remove", "block"])
def test_a_sub_user_goes_alone(
    alice: User, bob: User, logins: dict[str, str], hear: Hear, end: Callable[[User], None]
) -> None:
    with hear(alice, bob) as heard:
        end(bob)
    assert who_gets_in(logins) == ["Alice", "Charlie", "Alice's key"]
    ended = {digest_hash(logins["Bob"]), digest_hash(logins["Bob's key"])}
    assert (told(heard["alice"]), heard["bob"]) == (ended, [])


def test_keys_outlast_a_block_and_sessions_do_not(alice: User, logins: dict[str, str]) -> None:
    set_activated(alice, False)
    set_activated(alice, True)
    assert who_gets_in(logins) == ["Charlie", "Alice's key", "Bob's key"]


def test_a_removed_master_leaves_nothing_behind(alice: User, logins: dict[str, str]) -> None:
    remove_user(alice)
    assert [user.title for user in User.objects.all()] == ["Charlie"]
    assert (Session.objects.count(), ApiKey.objects.count()) == (1, 0)


def test_activation_is_told_to_nobody(alice: User, hear: Hear) -> None:
    with hear(alice) as heard:
        set_activated(alice, True)
    assert heard["alice"] == []


@pytest.mark.parametrize("end", [remove_user, lambda user: set_activated(user, False)], ids=["remove", "block"])
def test_a_rolled_back_transaction_tells_nothing(
    alice: User, logins: dict[str, str], hear: Hear, end: Callable[[User], None]
) -> None:
    with hear(alice) as heard, pytest.raises(Rollback), transaction.atomic():
        end(User.objects.get(pk=alice.pk))
        raise Rollback
    assert heard["alice"] == []
    assert who_gets_in(logins) == list(logins)


def test_logins_differ_in_more_than_case(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(login="Alice@Fleet.example")
    bulky = User(login="Dora@Fleet.Example")
    save_user(bulky, changed=())
    assert User.objects.get(login="dora@fleet.example") == bulky
    assert User.objects.get_by_natural_key("DORA@fleet.example") == bulky


def test_stale_changes_do_not_undo_a_block(alice: User, bob: User) -> None:
    for user in (alice, bob):
        stale = User.objects.get(pk=user.pk)
        set_activated(user, False)
        update_settings(stale, {"time_zone": "Asia/Tokyo"})
        restore_password(stale, "quite another one")
        user.refresh_from_db()
        assert (user.is_active, user.time_zone) == (False, "Asia/Tokyo")
        assert user.check_password("quite another one")


@pytest.mark.parametrize("blocked", ["alice", "bob"])
def test_a_login_that_outran_the_block_opens_nothing(alice: User, bob: User, blocked: str) -> None:
    set_activated(User.objects.get(login__startswith=blocked), False)
    credential = create_session(bob)
    assert Api().code("base/nothing", hash=credential) == 4
    assert live_principals([digest_hash(credential)]) == {}


@pytest.mark.parametrize(
    "go_on",
    [
        lambda caller, user: user_of(caller),
        lambda caller, user: create_api_key(user, "key"),
        lambda caller, user: change_password(caller, old_password="a", new_password="b", address="127.0.0.1"),
    ],
    ids=["read", "create a key", "change the password"],
)
def test_a_call_under_way_is_told_that_its_user_is_gone(
    bob: User, logins: dict[str, str], go_on: Callable[[Principal, User], object]
) -> None:
    caller, user = principal_for_hash(logins["Bob"]), User.objects.get(pk=bob.pk)
    remove_user(bob)
    with pytest.raises(ApiError) as refused:
        go_on(caller, user)
    assert refused.value.code is ErrorCode.SESSION_ENDED
