"""Pushes as browsers and their services see them; the push service is a server of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from accounts.selectors import principal_for_hash
from accounts.services.sessions import close_sessions, create_session
from accounts.wire.errors import ApiError, ErrorCode
from alerts.models import Channel, Delivery, DeliveryStatus, PushDevice, PushKey
from alerts.services.delivery import pushes
from alerts.services.delivery.pushes import FORGOTTEN, LEFT, LOST_KEY
from alerts.services.delivery.sending import Sender
from alerts.services.push.devices import Subscription, is_quiet, keep_device
from alerts.services.push.encryption import CURVE, decode, encode, encrypt, read_keys
from alerts.services.push.keys import public_key
from tests.alerts.push_service import Browser, claims_of
from tests.alerts.raising import make_rule, raise_alerts
from tests.alerts.receivers import Receiver
from tests.api import Api
from tests.people import PASSWORD
from trackers.models import Tracker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice, "Van")


@pytest.fixture(autouse=True)
def services_are_here(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True


def api_of(user: User) -> Api:
    api = Api()
    api.log_in(user.login)
    return api


def subscribe(api: Api, endpoint: str, **fields: object) -> Browser:
    browser = Browser()
    assert api("webpush/key")["key"]
    assert api("webpush/subscribe", subscription=browser.subscription(endpoint), **fields)["success"]
    return browser


def send_due() -> None:
    asyncio.run(Sender().send_due())


def make_due() -> None:
    Delivery.objects.update(next_attempt_at=timezone.now(), claimed_until=None)


def test_login_that_ended_meanwhile_gets_no_device(alice: User) -> None:
    caller = principal_for_hash(create_session(alice))
    close_sessions(alice.sessions.all())
    keys = Browser().subscription("https://push.example/1")["keys"]
    wanted = Subscription("https://push.example/1", keys["p256dh"], keys["auth"])
    with pytest.raises(ApiError) as refused:
        keep_device(caller, wanted)
    assert refused.value.code is ErrorCode.SESSION_ENDED
    assert not PushDevice.objects.exists()


def test_text_is_encrypted_as_the_standard_shows() -> None:
    sender = ec.derive_private_key(int.from_bytes(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), CURVE)
    keys = read_keys(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    text = b"When I grow up, I want to be a watermelon"
    body = encrypt(text, keys, sender=sender, salt=decode("DGv6ra1nlYgDCS1FRnbzlw"))
    assert encode(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_alert_is_pushed_once_and_read_by_its_browser_alone(van: Tracker, alice: User) -> None:
    with Receiver(201) as service:
        browser = subscribe(api_of(alice), service.url)
        (alert,) = raise_alerts(make_rule(van), van, message="came to the depot ü", is_emergency=True)
        send_due()
        send_due()
        posted = service.next_post()
        assert service.posts.empty()
    said = browser.read(posted)
    assert (said["title"], said["body"], said["id"]) == (van.label, "came to the depot ü", alert.pk)
    assert said["emergency"] is True
    assert b"depot" not in posted.body
    headers = posted.headers
    assert (headers["content-encoding"], headers["urgency"], headers["ttl"]) == ("aes128gcm", "high", "86400")
    assert len(headers["topic"]) == 32
    claims = claims_of(posted, public_key())
    assert claims["aud"] == f"http://127.0.0.1:{service.port}"
    assert claims["sub"].startswith(("mailto:", "https://"))
    assert timedelta(0) < datetime.fromtimestamp(claims["exp"], UTC) - timezone.now() < timedelta(hours=24)
    assert Delivery.objects.get().status == DeliveryStatus.DELIVERED


def test_storm_rings_a_few_times_and_loses_nothing(van: Tracker, alice: User) -> None:
    rule = make_rule(van)
    with Receiver(201) as service:
        browser = subscribe(api_of(alice), service.url)
        raise_alerts(rule, van, 700)
        send_due()
        assert browser.read(service.next_post())["title"] == "700 alerts"
        raise_alerts(rule, van, 2)
        send_due()
        assert service.posts.empty()
        PushDevice.objects.update(last_success_at=timezone.now() - timedelta(minutes=1))
        make_due()
        send_due()
        assert browser.read(service.next_post())["title"] == "2 alerts"
    assert not Delivery.objects.exclude(status=DeliveryStatus.DELIVERED).exists()


def test_device_rings_twenty_times_an_hour_and_for_emergencies(van: Tracker, alice: User) -> None:
    now = timezone.now()
    rule = make_rule(van)
    with Receiver(201) as service:
        browser = subscribe(api_of(alice), service.url)
        PushDevice.objects.update(hour_began_at=now - timedelta(minutes=5), pushes_in_hour=pushes.PUSHES_PER_HOUR)
        raise_alerts(rule, van, event="inzone")
        send_due()
        assert service.posts.empty()
        assert Delivery.objects.get().next_attempt_at - now > timedelta(minutes=50)
        raise_alerts(rule, van, is_emergency=True)
        send_due()
        assert browser.read(service.next_post())["title"] == "2 alerts"


def test_failed_push_comes_again_and_is_given_up_soon(van: Tracker, alice: User) -> None:
    with Receiver(503) as service:
        subscribe(api_of(alice), service.url)
        raise_alerts(make_rule(van), van)
        for _ in range(8):
            make_due()
            send_due()
        assert service.posts.qsize() == 5
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error) == (DeliveryStatus.GAVE_UP, "answered 503")


def test_later_alert_waits_for_the_one_before(van: Tracker, alice: User) -> None:
    rule = make_rule(van)
    with Receiver(503, 201) as service:
        browser = subscribe(api_of(alice), service.url)
        raise_alerts(rule, van, message="first")
        send_due()
        service.next_post()
        raise_alerts(rule, van, message="second")
        send_due()
        assert service.posts.empty()
        make_due()
        send_due()
        body = browser.read(service.next_post())["body"]
    assert body.splitlines() == [f"{van.label}: second", f"{van.label}: first"]


@pytest.mark.parametrize("status", [404, 410])
def test_device_that_its_service_forgot_is_forgotten(van: Tracker, alice: User, status: int) -> None:
    with Receiver(status) as service:
        subscribe(api_of(alice), service.url)
        raise_alerts(make_rule(van), van)
        send_due()
    assert not PushDevice.objects.exists()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error, delivery.http_status) == (DeliveryStatus.GAVE_UP, FORGOTTEN, status)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_push_service_is_not_connected_to(van: Tracker, alice: User, settings: Settings, host: str) -> None:
    with Receiver(201) as service:
        subscribe(api_of(alice), f"http://{host}:{service.port}/")
        raise_alerts(make_rule(van), van)
        settings.WEBHOOK_PRIVATE_ADDRESSES = False
        send_due()
        assert service.posts.empty()
    assert Delivery.objects.get().error == "the address is not of the public net"


def test_pushes_end_with_the_session(van: Tracker, alice: User) -> None:
    api = api_of(alice)
    subscribe(api, "https://push.example/1")
    raise_alerts(make_rule(van), van)
    assert api("user/logout")["success"]
    assert not PushDevice.objects.exists()
    send_due()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error) == (DeliveryStatus.GAVE_UP, LEFT)


def test_changed_password_ends_the_pushes_of_other_sessions(alice: User) -> None:
    api, other = api_of(alice), api_of(alice)
    subscribe(api, "https://push.example/1")
    subscribe(other, "https://push.example/2")
    assert api("user/password/set", old_password=PASSWORD, new_password="Another-word-2")["success"]
    assert [one.endpoint for one in PushDevice.objects.all()] == ["https://push.example/1"]


def test_only_who_sees_an_alert_is_told(van: Tracker, alice: User, bob: User, charlie: User) -> None:
    rule = make_rule(van)
    for number, user in enumerate((alice, bob, charlie)):
        subscribe(api_of(user), f"https://push.example/{number}")

    def told() -> set[str]:
        users = set(Delivery.objects.values_list("device__session__user__login", flat=True))
        Delivery.objects.all().delete()
        return users

    raise_alerts(rule, van)
    assert told() == {alice.login}
    van.sub_users.add(bob)
    raise_alerts(rule, van)
    assert told() == {alice.login, bob.login}
    raise_alerts(rule, van, private_to=bob)
    assert told() == {bob.login}
    raise_alerts(rule, van, is_pushed=False)
    raise_alerts(rule, van, event="inzone", time=timezone.now() - timedelta(hours=1))
    assert told() == set()
    Session.objects.filter(user=alice).update(expires_at=timezone.now())
    raise_alerts(rule, van)
    assert told() == {bob.login}


def test_quiet_hours_are_by_the_clock_of_the_device(van: Tracker, alice: User) -> None:
    subscribe(api_of(alice), "https://push.example/1", quiet_from="22:00", quiet_to="06:00", time_zone="Asia/Tokyo")
    device = PushDevice.objects.get()
    hours = {hour for hour in range(24) if is_quiet(device, datetime(2026, 5, 2, hour, 30, tzinfo=UTC))}
    assert hours == {13, 14, 15, 16, 17, 18, 19, 20}
    PushDevice.objects.update(quiet_from=time(0), quiet_to=time(23, 59, 59, 999999))
    raise_alerts(make_rule(van), van)
    assert not Delivery.objects.filter(channel=Channel.PUSH).exists()


def test_private_key_is_not_stored_in_clear_and_kept(settings: Settings) -> None:
    key = public_key()
    assert public_key() == key
    assert len(PushKey.objects.get().sealed_key) > 100
    settings.SECRET_KEY = "another one"
    assert public_key() != key


def test_push_without_its_key_is_given_up(van: Tracker, alice: User, settings: Settings) -> None:
    subscribe(api_of(alice), "https://push.example/1")
    raise_alerts(make_rule(van), van)
    settings.SECRET_KEY = "another one"
    send_due()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error) == (DeliveryStatus.GAVE_UP, LOST_KEY)
