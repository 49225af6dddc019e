"""The demo account: made once, completed when it is not as large as asked for."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.services.sessions import save_user
from trackers.engine.counters import CounterType
from trackers.models import Counter, Group, Tracker
from trackers.services.settings import save_counter
from trackers.services.trackers import register_tracker

KINDS = {"Van": "1e88e5", "Truck": "8e24aa", "Car": "43a047", "Scooter": "fb8c00"}


def device_id_of(number: int) -> str:
    """The device id of the demo fleet's vehicle `number`, from 1."""
    return f"demo-{number:04}"


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
    """Registers what the account lacks of its first `count` demo vehicles."""
    groups = {
        kind: Group.objects.get_or_create(account=account, title=f"{kind}s", defaults={"color": color})[0]
        for kind, color in KINDS.items()
    }
    known = set(Tracker.objects.filter(account=account).values_list("source__device_id", flat=True))
    for number in range(1, count + 1):
        device_id = device_id_of(number)
        if device_id not in known:
            kind = list(KINDS)[number % len(KINDS)]
            label = f"{kind} {number:03}"
            tracker = register_tracker(account=account, device_id=device_id, label=label, group=groups[kind])
            save_counter(Counter(source=tracker.source, counter_type=CounterType.ODOMETER))
