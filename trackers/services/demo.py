"""The demo account: made once, completed when it is not as large as asked for."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from accounts.services.users import save_user
from trackers.engine.counters import CounterType
from trackers.models import Group
from trackers.services.bulk_registration import NewTracker, hold_account, register_trackers

KINDS = {"Van": "1e88e5", "Truck": "8e24aa", "Car": "43a047", "Scooter": "fb8c00"}


def device_id_of(number: int) -> str:
    """The device id of the demo fleet's vehicle `number`, from 1."""
    return f"demo-{number:04}"


def kind_of(number: int) -> str:
    """What kind of vehicle that one is."""
    return list(KINDS)[number % len(KINDS)]


@transaction.atomic
def demo_user(login: str, password: str, *, is_admin: bool) -> User:
    """The user of that login, with that password, made if there is none."""
    user = User.objects.filter(login=login).first()
    if user is None:
        create = User.objects.create_superuser if is_admin else User.objects.create_user
        return create(login, password, title="Demo fleet")
    if not user.check_password(password):
        user.set_password(password)
        save_user(user, changed={"password"})
    return user


@transaction.atomic
def complete_fleet(account: User, count: int) -> None:
    """Registers what the account lacks of its first `count` demo vehicles, each with an odometer."""
    # Before the groups are looked for: two at once would make each of them twice.
    hold_account(account)
    groups = {
        kind: Group.objects.get_or_create(account=account, title=f"{kind}s", defaults={"color": color})[0]
        for kind, color in KINDS.items()
    }
    vehicles = [_vehicle(number, groups) for number in range(1, count + 1)]
    register_trackers(account, vehicles, counters=[CounterType.ODOMETER])


def _vehicle(number: int, groups: Mapping[str, Group]) -> NewTracker:
    kind = kind_of(number)
    return NewTracker(device_id_of(number), f"{kind} {number:03}", groups[kind])
