from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from alerts.models import PushDevice
from alerts.services.push import devices
from alerts.services.push.devices import MAX_DEVICES
from tests.alerts.push_service import Browser, from_base64
from tests.api import Api

pytestmark = pytest.mark.django_db

ENDPOINT = "https://push.example/abc"


@pytest.fixture
def api(alice: User) -> Api:
    api = Api()
    api.log_in(alice.login)
    return api


def test_key_is_a_point_of_the_curve_for_all(api: Api, bob: User) -> None:
    key = api("webpush/key")["key"]
    assert len(from_base64(key)) == 65
    other = Api()
    other.log_in(bob.login)
    assert other("webpush/key")["key"] == key


def test_browser_asks_is_listed_and_leaves(api: Api) -> None:
    made = api("webpush/subscribe", subscription=Browser().subscription(ENDPOINT), quiet_from="22:00", quiet_to="06:30")
    (shown,) = api("webpush/list")["list"]
    assert (shown["id"], shown["service"], shown["quiet_to"]) == (made["id"], "push.example", "06:30")
    assert "abc" not in str(shown)
    assert api("webpush/unsubscribe", endpoint=ENDPOINT)["success"]
    assert api.code("webpush/unsubscribe", endpoint=ENDPOINT) == 201


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"endpoint": "http://push.example/"}, "subscription.endpoint"),
        ({"endpoint": "https://127.0.0.1/"}, "subscription.endpoint"),
        ({"endpoint": "https://push.example/" + "x" * 2048}, "subscription.endpoint"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, "subscription.keys"),
        ({"keys": {**Browser().subscription("")["keys"], "p256dh": "B" * 87}}, "subscription.keys"),
        ({"keys": {**Browser().subscription("")["keys"], "auth": "ü" * 22}}, "subscription.keys"),
        ({"keys": {}}, "subscription.keys.p256dh"),
    ],
)
def test_what_nothing_can_be_pushed_to_is_refused(api: Api, changed: dict[str, object], parameter: str) -> None:
    answer = api("webpush/subscribe", subscription={**Browser().subscription(ENDPOINT), **changed})
    assert answer["status"]["code"] == 7
    assert [one["parameter"] for one in answer["errors"]] == [parameter]


@pytest.mark.parametrize("fields", [{"time_zone": "Mars/Base"}, {"quiet_from": "25:00"}, {"quiet_to": "6"}])
def test_hours_that_cannot_be_are_refused(api: Api, fields: dict[str, str]) -> None:
    assert api.code("webpush/subscribe", subscription=Browser().subscription(ENDPOINT), **fields) == 7


def test_browser_is_the_last_logins(api: Api, bob: User) -> None:
    browser = Browser()
    api("webpush/subscribe", subscription=browser.subscription(ENDPOINT))
    other = Api()
    other.log_in(bob.login)
    assert other.code("webpush/unsubscribe", endpoint=ENDPOINT) == 201
    other("webpush/subscribe", subscription=browser.subscription(ENDPOINT))
    assert api("webpush/list")["list"] == []
    assert len(other("webpush/list")["list"]) == 1


def test_oldest_of_too_many_devices_goes(api: Api) -> None:
    for number in range(MAX_DEVICES + 2):
        api("webpush/subscribe", subscription=Browser().subscription(f"{ENDPOINT}{number}"))
    assert PushDevice.objects.count() == MAX_DEVICES
    assert not PushDevice.objects.filter(endpoint=f"{ENDPOINT}1").exists()
    assert PushDevice.objects.filter(created_at__gt=timezone.now() - timedelta(hours=1)).count() == MAX_DEVICES


def test_account_has_no_more_than_its_devices(api: Api, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MAX_DEVICES_OF_ACCOUNT", 2)
    subscriptions = [Browser().subscription(f"{ENDPOINT}{number}") for number in range(3)]
    for subscription in subscriptions[:2]:
        assert api("webpush/subscribe", subscription=subscription)["success"]
    other = Api()
    other.log_in(bob.login)
    assert other.code("webpush/subscribe", subscription=subscriptions[2]) == 268
    assert other("webpush/subscribe", subscription=subscriptions[0])["success"]


def test_api_key_takes_no_pushes(alice: User, api: Api) -> None:
    key = api("api/key/create", title="program")["value"]["hash"]
    program = Api()
    program.hash = key
    assert program.code("webpush/subscribe", subscription=Browser().subscription(ENDPOINT)) == 4
