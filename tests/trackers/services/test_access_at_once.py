"""Several who change access at once, as with several processes: one wins, the others are told why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from accounts.models import SecurityGroup, User
from accounts.services.panel import set_password_of
from accounts.services.profiles import Profile
from accounts.services.users import (
    assign_security_group,
    create_security_group,
    register_sub_user,
    remove_security_group,
    remove_user,
    update_user,
)
from accounts.wire.errors import ApiError
from tests.people import PASSWORD
from tests.trackers.services.test_concurrency import WRITERS, at_once
from trackers.models import Source, Tracker
from trackers.services.access import bind_trackers, unbind_trackers
from trackers.services.panel import clone_for, corrupt_account, move_to
from trackers.services.trackers import corrupt_tracker

Register = Callable[..., Tracker]

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(work: Callable[[], object]) -> int:
    """The code of what was refused, or 0."""
    try:
        work()
    except ApiError as error:
        return int(error.code)
    return 0


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def strangers(db: None) -> list[User]:
    return [User.objects.create_user(f"{number}@elsewhere.example") for number in range(WRITERS)]


def test_an_account_gets_one_of_several_clones(van: Tracker, charlie: User) -> None:
    codes = at_once(lambda number: outcome(lambda: clone_for(van, charlie.pk, f"Clone {number}")))
    assert Counter(codes) == {0: 1, 247: WRITERS - 1}
    assert Tracker.objects.filter(account=charlie).count() == 1


def test_a_tracker_moves_to_one_of_several_accounts(van: Tracker, strangers: list[User]) -> None:
    stale = [Tracker.objects.get() for _ in strangers]
    codes = at_once(lambda number: outcome(lambda: move_to(stale[number], strangers[number].pk)))
    assert Counter(codes) == {0: 1, 201: WRITERS - 1}
    assert Tracker.objects.get().account == strangers[codes.index(0)]


def test_a_tracker_moves_or_is_removed(van: Tracker, charlie: User) -> None:
    work: list[Callable[[], object]] = [lambda: corrupt_tracker(van), lambda: move_to(van, charlie.pk)]
    codes = at_once(lambda number: outcome(work[number % 2]))
    assert set(codes) <= {0, 201, 252}
    assert codes.count(0) in (1, 2)
    assert Source.objects.get().is_corrupted
    assert not Tracker.objects.exists()


def test_an_account_that_is_removed_gets_no_tracker(
    alice: User, charlie: User, register: Register, van: Tracker
) -> None:
    vans = [van, *(register(alice) for _ in range(WRITERS - 1))]

    def work(number: int) -> int:
        if number == 0:
            return outcome(lambda: corrupt_account(charlie, corrupt_clones=True))
        give = (
            (lambda: move_to(vans[number], charlie.pk))
            if number % 2
            else (lambda: clone_for(vans[number], charlie.pk, "x"))
        )
        return outcome(give)

    codes = at_once(work)
    assert codes[0] == 0 and set(codes[1:]) <= {0, 201}
    assert not User.objects.filter(pk=charlie.pk).exists()
    moved = sum(code == 0 for number, code in enumerate(codes) if number % 2)
    # What had moved in went with the account.
    assert Tracker.objects.filter(account=alice, is_clone=False).count() == WRITERS - moved


def test_a_login_is_given_once(alice: User) -> None:
    profile = Profile({"login": "dora@fleet.example"}, {})
    codes = at_once(lambda number: outcome(lambda: register_sub_user(alice.pk, profile, PASSWORD)))
    assert Counter(codes) == {0: 1, 206: WRITERS - 1}


def test_several_take_one_login(alice: User) -> None:
    users = [User.objects.create_user(f"{number}@fleet.example", master=alice) for number in range(WRITERS)]
    profile = Profile({"login": "dora@fleet.example"}, {"post_city": "Budapest"})
    codes = at_once(lambda number: outcome(lambda: update_user(users[number], profile)))
    assert Counter(codes) == {0: 1, 206: WRITERS - 1}


def test_a_user_who_is_removed_is_not_changed(alice: User, bob: User) -> None:
    bobs = [User.objects.get(pk=bob.pk) for _ in range(WRITERS)]
    work: list[Callable[[User], object]] = [
        remove_user,
        lambda bob: update_user(bob, Profile({"first_name": "Robert"}, {"post_city": "Budapest"})),
        lambda bob: update_user(bob, Profile({"is_active": False}, {"post_city": "Szeged"})),
        lambda bob: set_password_of(bob, "quite another one"),
    ]
    codes = at_once(lambda number: outcome(lambda: work[number](bobs[number])))
    assert codes[0] == 0 and set(codes) <= {0, 201}
    assert not User.objects.filter(pk=bob.pk).exists()


def test_a_removed_sub_user_is_bound_nowhere(alice: User, bob: User, van: Tracker) -> None:
    bobs = [User.objects.get(pk=bob.pk) for _ in range(WRITERS)]
    work: list[Callable[[User], object]] = [
        remove_user,
        lambda bob: bind_trackers(bob, [van.pk]),
        lambda bob: unbind_trackers(bob, [van.pk]),
        lambda bob: bind_trackers(bob, [van.pk]),
    ]
    codes = at_once(lambda number: outcome(lambda: work[number](bobs[number])))
    assert codes[0] == 0 and set(codes[1:]) <= {0, 201}
    assert not Tracker.sub_users.through.objects.exists()


def test_a_group_that_is_removed_is_nobodys(alice: User, bob: User) -> None:
    groups = [create_security_group(alice.pk, "Managers", [])]
    groups += [SecurityGroup.objects.get() for _ in range(1, WRITERS)]

    def work(number: int) -> object:
        match number:
            case 0:
                return remove_security_group(groups[0])
            case 1:
                return update_user(User.objects.get(pk=bob.pk), Profile({"security_group": groups[1]}, {}))
            case 2:
                return assign_security_group(alice.pk, [bob.pk], groups[2])
            case _:
                profile = Profile({"login": "dora@fleet.example", "security_group": groups[3]}, {})
                return register_sub_user(alice.pk, profile, PASSWORD)

    codes = at_once(lambda number: outcome(lambda: work(number)))
    assert codes[0] == 0 and set(codes) <= {0, 201}
    assert not SecurityGroup.objects.exists()
    bob.refresh_from_db()
    assert bob.security_group is None
