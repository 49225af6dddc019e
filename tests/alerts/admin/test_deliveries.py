from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils.html import escape

from accounts.models import User
from alerts.models import AlertRule, Channel, Delivery, DeliveryStatus, PushDevice, Webhook
from tests.admin import Admin
from tests.alerts.push_service import Browser
from tests.alerts.raising import make_hook, make_rule, raise_alerts
from tests.api import Api
from trackers.models import Tracker

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(alice: User, register: Callable[..., Tracker]) -> Webhook:
    van = register(alice)
    hook, _ = make_hook(van, "https://hooks.example/")
    raise_alerts(make_rule(van, hooks=(hook,), emails=("yard@example.com",)), van)
    return hook


def test_every_page_opens(hook: Webhook, alice: User) -> None:
    admin = Admin()
    api = Api()
    api.log_in(alice.login)
    api("webpush/subscribe", subscription=Browser().subscription("https://push.example/abc"))
    raise_alerts(AlertRule.objects.get(), hook.account.trackers.get())
    for model in (Webhook, Delivery, PushDevice):
        for address, status in admin.open_everything(model):
            assert status == 200, address


def test_secret_is_not_shown(hook: Webhook) -> None:
    page = Admin().open("alerts_webhook_change", hook.pk).content.decode()
    assert hook.url in page
    assert hook.sealed_secret not in page


def test_post_by_template_is_previewed(hook: Webhook) -> None:
    Webhook.objects.update(format="json", template='{"text": "{{label}}"}')
    admin = Admin()
    page = admin.open("alerts_webhook_change", hook.pk).content.decode()
    assert escape('{"text":"Van \\"12\\""}') in page
    Webhook.objects.update(template='{"text": "{{nothing}}"}')
    assert "has no field nothing" in admin.open("alerts_webhook_change", hook.pk).content.decode()


def test_push_to_a_device_that_is_gone_stays_given_up(hook: Webhook) -> None:
    Delivery.objects.update(channel=Channel.PUSH, status=DeliveryStatus.GAVE_UP)
    Admin().act("alerts_delivery", "send_again", *Delivery.objects.all())
    assert {one.status for one in Delivery.objects.all()} == {DeliveryStatus.GAVE_UP}


def test_given_up_delivery_is_tried_again(hook: Webhook) -> None:
    Delivery.objects.update(status=DeliveryStatus.GAVE_UP, attempts=7)
    Admin().act("alerts_delivery", "send_again", *Delivery.objects.all())
    assert {(one.status, one.attempts) for one in Delivery.objects.all()} == {(DeliveryStatus.WAITING, 0)}


@pytest.mark.parametrize("way", ["page", "list"])
def test_webhook_is_removed_with_what_waits(hook: Webhook, way: str) -> None:
    Admin().remove("alerts_webhook", way, hook)
    assert [one.channel for one in Delivery.objects.all()] == ["mail"]
