from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from pytest_django import Settings

from accounts.models import User
from alerts.models import AlertRule, Delivery, DeliveryStatus, Webhook
from alerts.services.webhooks import MAX_WEBHOOKS, key_of
from tests.alerts.raising import make_rule, raise_alerts
from tests.alerts.receivers import Receiver
from tests.api import Api
from trackers.models import Tracker

pytestmark = pytest.mark.django_db

PUBLIC = "https://hooks.example/fleet"


@pytest.fixture
def api(alice: User) -> Api:
    api = Api()
    api.log_in(alice.login)
    return api


def create(api: Api, url: str = PUBLIC, **fields: object) -> dict[str, object]:
    return api("webhook/create", webhook={"title": "Dispatch", "url": url, **fields})


@pytest.mark.alerts(54)
def test_secret_is_shown_once(api: Api) -> None:
    made = create(api)
    assert str(made["secret"]).startswith("whsec_")
    (shown,) = api("webhook/list")["list"]
    assert shown["id"] == made["id"]
    assert "secret" not in shown


@pytest.mark.alerts(54)
def test_secret_is_not_stored_in_clear(api: Api) -> None:
    secret = str(create(api)["secret"]).removeprefix("whsec_")
    hook = Webhook.objects.get()
    assert secret not in str(vars(hook))
    assert key_of(hook) is not None


@pytest.mark.alerts(54)
@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example/",
        "hooks.example",
        "https://",
        "https://hooks.example:99999/",
        "https://user:secret@hooks.example/",
        "https://hooks.example/#part",
        "https://höks.example/",
        "https://hooks.example/a b",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://0.0.0.0/",
        "http://localhost:8000/",
        "http://224.0.0.1/",
    ],
)
def test_address_that_may_not_be_is_refused(api: Api, url: str) -> None:
    answer = create(api, url)
    assert answer["status"]["code"] == 7
    assert answer["errors"][0]["parameter"] == "webhook.url"
    assert not Webhook.objects.exists()


def test_private_address_is_taken_where_the_setting_allows(api: Api, settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    assert create(api, "http://127.0.0.1:8080/")["success"]


def test_update_changes_what_it_names(api: Api) -> None:
    made = create(api)
    assert api("webhook/update", webhook={"id": made["id"], "title": "Yard"})["success"]
    (shown,) = api("webhook/list")["list"]
    assert (shown["title"], shown["url"], shown["enabled"]) == ("Yard", PUBLIC, True)
    assert api.code("webhook/update", webhook={"id": made["id"], "url": "http://127.0.0.1/"}) == 7


def test_disabled_webhook_gives_up_what_waits(api: Api, alice: User, register: Callable[..., Tracker]) -> None:
    hook_id = create(api)["id"]
    raise_alerts(make_rule(van := register(alice), hooks=(Webhook.objects.get(),)), van)
    api("webhook/update", webhook={"id": hook_id, "enabled": False})
    (delivery,) = api("webhook/delivery/list", webhook_id=hook_id)["list"]
    assert (delivery["status"], delivery["next_attempt"]) == ("gave_up", None)
    raise_alerts(AlertRule.objects.get(), van)
    assert Delivery.objects.count() == 1


@pytest.mark.alerts(55)
def test_deliveries_are_listed_newest_first(api: Api, alice: User, register: Callable[..., Tracker]) -> None:
    hook_id = create(api)["id"]
    alerts = raise_alerts(make_rule(van := register(alice), hooks=(Webhook.objects.get(),)), van, 3)
    Delivery.objects.filter(alert=alerts[0]).update(
        status=DeliveryStatus.GAVE_UP, http_status=500, error="answered 500"
    )
    listed = api("webhook/delivery/list", webhook_id=hook_id, limit=2)["list"]
    assert [one["history_id"] for one in listed] == [alerts[2].pk, alerts[1].pk]
    last = api("webhook/delivery/list", webhook_id=hook_id)["list"][-1]
    assert (last["status"], last["http_status"], last["error"]) == ("gave_up", 500, "answered 500")
    assert api.code("webhook/delivery/list", webhook_id=hook_id, limit=0) == 7


def test_deleted_webhook_leaves_its_rules(api: Api, alice: User, register: Callable[..., Tracker]) -> None:
    hook_id = create(api)["id"]
    rule = make_rule(register(alice), hooks=(Webhook.objects.get(),))
    assert api("webhook/delete", webhook_id=hook_id)["success"]
    assert rule.webhooks.count() == 0
    assert api.code("webhook/delete", webhook_id=hook_id) == 201


def test_account_has_twenty_webhooks(api: Api) -> None:
    for _ in range(MAX_WEBHOOKS):
        assert create(api)["success"]
    assert create(api)["status"]["code"] == 268
    assert api.status == 402


def test_only_the_master_sees_webhooks(api: Api, bob: User, charlie: User) -> None:
    hook_id = create(api)["id"]
    for login, code in ((bob.login, 13), (charlie.login, 201)):
        other = Api()
        other.log_in(login)
        assert other.code("webhook/test", webhook_id=hook_id) == code
        assert other.code("webhook/delivery/list", webhook_id=hook_id) == code
        assert other.code("webhook/delete", webhook_id=hook_id) == code
        assert other.code("webhook/update", webhook={"id": hook_id, "title": "Mine"}) == code


def test_test_is_posted_now_and_signed(api: Api, settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with Receiver(204, 500) as receiver:
        made = create(api, receiver.url)
        answer = api("webhook/test", webhook_id=made["id"])
        assert (answer["status"], answer["error"]) == (204, "")
        posted = receiver.next_post()
        assert posted.document["type"] == "test"
        assert posted.is_signed_with(str(made["secret"]))
        assert api("webhook/test", webhook_id=made["id"])["status"] == 500
    answer = api("webhook/test", webhook_id=made["id"])
    assert (answer["status"], answer["error"]) == (None, "the connection was refused")


def test_log_has_no_secret_and_no_address(api: Api, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    caplog.set_level(logging.DEBUG)
    with Receiver() as receiver:
        made = create(api, receiver.url + "&token=t0psecret")
        api("webhook/test", webhook_id=made["id"])
    assert str(made["secret"]).removeprefix("whsec_") not in caplog.text
    assert "t0psecret" not in caplog.text


TELEGRAM = {"format": "json", "template": '{"chat_id": -100, "text": "{{label}}: {{message}}"}'}


def test_template_is_kept_and_previewed(api: Api) -> None:
    create(api, PUBLIC + "?of={{label}}", **TELEGRAM)
    (shown,) = api("webhook/list")["list"]
    assert {name: shown[name] for name in TELEGRAM} == TELEGRAM
    preview = api("webhook/preview", webhook={"url": shown["url"], **TELEGRAM})
    assert preview["url"] == PUBLIC + "?of=Van%20%2212%22"
    assert preview["content_type"] == "application/json"
    assert json.loads(preview["body"]) == {"chat_id": -100, "text": 'Van "12": came to the depot'}


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"template": "{{label}}"}, "webhook.template"),
        ({"format": "json", "template": "{{label}}"}, "webhook.template"),
        ({"format": "xml"}, "webhook.format"),
        ({"format": "text", "template": "x" * 5000}, "webhook.template"),
        ({"format": "text", "url": "https://{{label}}.example/"}, "webhook.url"),
        ({"format": "text", "url": "http://127.0.0.1/{{label}}"}, "webhook.url"),
    ],
)
@pytest.mark.parametrize("call", ["create", "update", "preview"])
def test_template_that_cannot_be_sent_is_refused(api: Api, call: str, changed: dict[str, str], parameter: str) -> None:
    hook_id = create(api)["id"] if call == "update" else None
    answer = api(f"webhook/{call}", webhook={"id": hook_id, "title": "Dispatch", "url": PUBLIC, **changed})
    assert answer["status"]["code"] == 7
    assert [one["parameter"] for one in answer["errors"]] == [parameter]


def test_test_of_a_template_is_what_it_makes(api: Api, settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with Receiver() as receiver:
        made = create(api, receiver.url, format="form", template="text={{label}}")
        assert api("webhook/test", webhook_id=made["id"])["status"] == 204
        posted = receiver.next_post()
    assert posted.body == b"text=Van+%2212%22"
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
    assert posted.is_signed_with(str(made["secret"]))
