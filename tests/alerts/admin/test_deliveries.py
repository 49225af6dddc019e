from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from alerts.models import Delivery, DeliveryStatus, Webhook
from tests.admin import Admin
from tests.alerts.raising import make_hook, make_rule, raise_alerts
from trackers.models import Tracker

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(alice: User, register: Callable[..., Tracker]) -> Webhook:
    van = register(alice)
    hook, _ = make_hook(van, "https://hooks.example/")
    raise_alerts(make_rule(van, hooks=(hook,), emails=("yard@example.com",)), van)
    return hook


def test_every_page_opens(hook: Webhook) -> None:
    admin = Admin()
    for model in (Webhook, Delivery):
        for address, status in admin.open_everything(model):
            assert status == 200, address


def test_secret_is_not_shown(hook: Webhook) -> None:
    page = Admin().open("alerts_webhook_change", hook.pk).content.decode()
    assert hook.url in page
    assert hook.sealed_secret not in page


def test_given_up_delivery_is_tried_again(hook: Webhook) -> None:
    Delivery.objects.update(status=DeliveryStatus.GAVE_UP, attempts=7)
    Admin().act("alerts_delivery", "send_again", *Delivery.objects.all())
    assert {(one.status, one.attempts) for one in Delivery.objects.all()} == {(DeliveryStatus.WAITING, 0)}


@pytest.mark.parametrize("way", ["page", "list"])
def test_webhook_is_removed_with_what_waits(hook: Webhook, way: str) -> None:
    Admin().remove("alerts_webhook", way, hook)
    assert [one.channel for one in Delivery.objects.all()] == ["mail"]
