"""Posts and letters as receivers see them; the receivers are servers of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.wire.dates import format_date
from alerts.models import AlertRule, Delivery, DeliveryStatus, Webhook
from alerts.rendering.post_templates import PostFormat, PostTemplate
from alerts.rendering.posts import encode_secret
from alerts.services import outbox
from alerts.services.delivery import posting
from alerts.services.delivery.claims import PAUSES, claim_post
from alerts.services.delivery.sending import Sender
from alerts.services.delivery.stopping import link_to_stop
from alerts.services.delivery.upkeep import tend_deliveries
from alerts.services.webhooks import create_webhook
from tests.alerts.raising import make_hook, make_rule, raise_alerts
from tests.alerts.receivers import Receiver
from tests.end_to_end.certificate import make_certificate
from tests.end_to_end.mail_room import MailRoom
from trackers.models import Tracker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice, "Van")


@pytest.fixture(autouse=True)
def receivers_are_here(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True


@pytest.fixture
def mail_room(settings: Settings) -> Iterator[MailRoom]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailRoom() as room:
        for name, value in room.settings.items():
            setattr(settings, name, value)
        yield room


def send_due() -> None:
    asyncio.run(Sender().send_due())


def make_due() -> None:
    Delivery.objects.update(next_attempt_at=timezone.now(), claimed_until=None)


@pytest.mark.alerts(52)
def test_alert_is_posted_once_and_signed(van: Tracker) -> None:
    with Receiver() as receiver:
        hook, key = make_hook(van, receiver.url)
        rule = make_rule(van, hooks=(hook,))
        (alert,) = raise_alerts(rule, van)
        send_due()
        send_due()
        posted = receiver.next_post()
        assert receiver.posts.empty()
    assert posted.is_signed_with(encode_secret(key))
    assert posted.path == "/alerts?of=fleet"
    assert posted.headers["content-type"] == "application/json"
    document = posted.document
    assert document["type"] == "history"
    assert document["rule"] == {"id": rule.pk, "name": "Depot gate", "type": "sos"}
    assert document["tracker"] == {"id": van.pk, "label": van.label, "source_id": van.source_id}
    assert document["data"]["id"] == alert.pk
    assert document["data"]["message"] == f"{van.label}: pressed the button"
    assert document["data"]["time"].endswith("Z")
    (delivery,) = hook.deliveries.all()
    assert (delivery.status, delivery.attempts, delivery.http_status) == (DeliveryStatus.DELIVERED, 1, 204)


@pytest.mark.alerts(53)
def test_refused_post_comes_again_with_its_id(van: Tracker) -> None:
    with Receiver(500, 200) as receiver:
        hook, key = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van)
        before = timezone.now()
        send_due()
        delivery = hook.deliveries.get()
        assert timedelta(seconds=4) <= delivery.next_attempt_at - before <= timedelta(seconds=15)
        hook.refresh_from_db()
        assert hook.failing_since is not None
        make_due()
        send_due()
        make_due()
        send_due()
        first, second = receiver.next_post(), receiver.next_post()
        assert receiver.posts.empty()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.is_signed_with(encode_secret(key))
    hook.refresh_from_db()
    assert hook.failing_since is None


@pytest.mark.alerts(55)
def test_post_is_given_up_after_seven_attempts(van: Tracker) -> None:
    with Receiver(500) as receiver:
        hook, _ = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van)
        for _ in range(len(PAUSES) + 3):
            make_due()
            send_due()
        assert receiver.posts.qsize() == 7
    delivery = hook.deliveries.get()
    assert (delivery.status, delivery.error) == (DeliveryStatus.GAVE_UP, "answered 500")


def test_template_makes_the_post_of_an_alert(van: Tracker) -> None:
    van.label = 'Van "7"'
    van.save(update_fields=["label"])
    with Receiver() as receiver:
        body = '{"text": "{{label}}: {{message}}", "at": "{{time}}"}'
        template = PostTemplate(receiver.url + "&event={{event}}", PostFormat.JSON, body)
        hook, key = create_webhook(van.account_id, title="Chat", template=template)
        (alert,) = raise_alerts(make_rule(van, hooks=(hook,)), van, message="A & B\n<b>")
        send_due()
        posted = receiver.next_post()
    assert posted.document == {
        "text": 'Van "7": A & B\n<b>',
        "at": format_date(alert.time, ZoneInfo(van.account.time_zone), iso=False),
    }
    assert posted.path.endswith("&event=sos")
    assert posted.is_signed_with(encode_secret(key))


def test_template_that_grows_too_long_is_given_up(van: Tracker) -> None:
    template = PostTemplate("http://127.0.0.1:9/", PostFormat.TEXT, "{{message}}" * 50)
    hook, _ = create_webhook(van.account_id, title="Chat", template=template)
    raise_alerts(make_rule(van, hooks=(hook,)), van, message="x" * 1000)
    send_due()
    delivery = hook.deliveries.get()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.GAVE_UP, 1)
    assert "more than 16384 bytes" in delivery.error


def test_certificate_of_nobody_known_is_refused(van: Tracker, tmp_path: Path) -> None:
    with Receiver(certificate=make_certificate(tmp_path)) as receiver:
        hook, _ = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van)
        send_due()
        assert receiver.posts.empty()
    assert hook.deliveries.get().error == "TLS failed: CERTIFICATE_VERIFY_FAILED"


def test_certificate_by_a_trusted_authority_is_taken(
    van: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    posting._tls.cache_clear()
    try:
        both = (certificate, key)
        with Receiver(certificate=both) as receiver, Receiver(certificate=both, host="127.0.0.2") as misnamed:
            hook, other = (make_hook(van, one.url)[0] for one in (receiver, misnamed))
            raise_alerts(make_rule(van, hooks=(hook, other)), van)
            send_due()
            receiver.next_post()
            assert misnamed.posts.empty()
    finally:
        posting._tls.cache_clear()
    assert hook.deliveries.get().status == DeliveryStatus.DELIVERED
    assert other.deliveries.get().error == "TLS failed: CERTIFICATE_VERIFY_FAILED"


@pytest.mark.alerts(54)
def test_redirect_is_not_followed(van: Tracker) -> None:
    with Receiver() as elsewhere, Receiver(307, location=elsewhere.url) as receiver:
        hook, _ = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van)
        send_due()
        assert receiver.posts.qsize() == 1
        assert elsewhere.posts.empty()
    assert hook.deliveries.get().http_status == 307


@pytest.mark.alerts(54)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_private_address_is_not_connected_to(van: Tracker, settings: Settings, host: str) -> None:
    with Receiver() as receiver:
        hook, _ = make_hook(van, f"http://{host}:{receiver.port}/")
        raise_alerts(make_rule(van, hooks=(hook,)), van)
        settings.WEBHOOK_PRIVATE_ADDRESSES = False
        send_due()
        assert receiver.posts.empty()
    assert hook.deliveries.get().error == "the address is not of the public net"


def test_receiver_that_is_gone_is_switched_off(van: Tracker) -> None:
    with Receiver(410) as receiver:
        hook, _ = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van, 5)
        send_due()
    hook.refresh_from_db()
    assert not hook.is_enabled
    assert not hook.deliveries.filter(status=DeliveryStatus.WAITING).exists()


@pytest.mark.alerts(58)
def test_receiver_that_hangs_holds_up_no_other(van: Tracker) -> None:
    let_go = threading.Event()
    with Receiver(wait=lambda: let_go.wait(30)) as slow, Receiver() as quick:
        hooks = tuple(make_hook(van, one.url)[0] for one in (slow, quick))
        raise_alerts(make_rule(van, hooks=hooks), van, 5)
        sending = threading.Thread(target=send_due)
        sending.start()
        try:
            for _ in range(5):
                quick.next_post()
            assert slow.most_under_way <= 2
            assert slow.posts.qsize() <= 2
        finally:
            let_go.set()
            sending.join()
        assert slow.most_under_way == 2


def test_hook_gets_ten_posts_a_second(van: Tracker) -> None:
    with Receiver() as receiver:
        hook, _ = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van, 12)
        send_due()
        times = [receiver.next_post().at_s for _ in range(12)]
    # Eleven pauses of a tenth, less what the first took to be heard of.
    assert times[-1] - times[0] > 0.8


def test_claim_that_ran_out_is_taken_up_again(van: Tracker) -> None:
    with Receiver() as receiver:
        hook, _ = make_hook(van, receiver.url)
        raise_alerts(make_rule(van, hooks=(hook,)), van)
        now = timezone.now()
        claimed = claim_post(hook.pk, now)
        assert claimed is not None
        assert claim_post(hook.pk, now) is None
        again = claim_post(hook.pk, now + timedelta(minutes=1))
        assert again is not None and again.message_id == claimed.message_id


@pytest.mark.alerts(55)
def test_oldest_is_given_up_when_too_much_waits(van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING_PER_ACCOUNT", 3)
    hook, _ = make_hook(van, "http://127.0.0.1:9/")
    alerts = raise_alerts(make_rule(van, hooks=(hook,)), van, 5)
    given_up = hook.deliveries.filter(status=DeliveryStatus.GAVE_UP, error=outbox.QUEUE_FULL)
    assert {one.alert_id for one in given_up} == {alerts[0].pk, alerts[1].pk}


def test_odd_answer_is_a_failure(van: Tracker) -> None:
    def serve(answer: bytes) -> int:
        async def talk() -> None:
            async def answer_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.read(1)
                writer.write(answer)
                await writer.drain()
                writer.close()

            server = await asyncio.start_server(answer_it, "127.0.0.1", 0)
            hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await database_sync_to_async(Webhook.objects.filter(pk=hook.pk).update)(url=hook.url)
            await Sender().send_due()
            server.close()

        asyncio.run(talk())

    hook, _ = make_hook(van, "http://127.0.0.1:9/")
    rule = make_rule(van, hooks=(hook,))
    for answer in (b"", b"hello\r\n", b"HTTP/1.1 2000 OK\r\n", b"x" * 100_000, b"HTTP/1.1 100 Continue\r\n" * 1000):
        raise_alerts(rule, van)
        serve(answer)
        assert hook.deliveries.first().error == "the answer was not one of HTTP", answer[:20]


@pytest.mark.alerts(56)
def test_each_address_of_the_rule_gets_a_letter(van: Tracker, mail_room: MailRoom) -> None:
    van.account.time_zone = "Europe/Budapest"
    van.account.save()
    rule = make_rule(van, emails=("yard@example.com", "boss@example.com"))
    raise_alerts(
        rule,
        van,
        time=timezone.now().replace(year=2025, month=7, day=1, hour=10, minute=0),
        is_emergency=False,
        received_at=timezone.now().replace(year=2025, month=7, day=1, hour=10, minute=1),
    )
    send_due()
    letter = mail_room.letter_to("yard@example.com")
    mail_room.letter_to("boss@example.com")
    assert letter["subject"] == f"[{van.label}] pressed the button"
    body = letter.get_content()
    assert "2025-07-01 12:00" in body and "(Europe/Budapest)" in body
    assert "47.50000, 19.04000" in body
    assert "Depot gate" in body
    assert letter["list-unsubscribe"].strip().startswith("<http")


@pytest.mark.alerts(56)
def test_fifty_alerts_make_twenty_one_letters(van: Tracker, mail_room: MailRoom) -> None:
    raise_alerts(make_rule(van, emails=("yard@example.com",)), van, 50)
    send_due()
    subjects = [mail_room.letter_to("yard@example.com")["subject"] for _ in range(20)]
    assert len(set(subjects)) == 20
    assert Delivery.objects.filter(status=DeliveryStatus.WAITING, is_held=True).count() == 30
    hour_is_over = Delivery.objects.filter(is_held=True)
    hour_is_over.update(next_attempt_at=timezone.now())
    send_due()
    digest = mail_room.letter_to("yard@example.com")
    assert digest["subject"].startswith("30 more alerts")
    assert mail_room._letters["yard@example.com"].empty()
    assert Delivery.objects.filter(status=DeliveryStatus.DELIVERED).count() == 50


@pytest.mark.alerts(57)
def test_old_news_makes_no_letter(van: Tracker) -> None:
    rule = make_rule(van, emails=("yard@example.com",))
    old = timezone.now() - timedelta(minutes=16)
    raise_alerts(rule, van, event="inzone", time=old)
    assert not Delivery.objects.exists()
    raise_alerts(rule, van, event="sos", is_emergency=True, time=old)
    assert Delivery.objects.count() == 1


def test_letter_waits_for_a_mail_server_that_is_away(van: Tracker, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    raise_alerts(make_rule(van, emails=("yard@example.com",)), van)
    send_due()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.WAITING, 1)
    assert "mail server" in delivery.error


def test_owner_hears_once_of_a_hook_that_fails_for_a_day(van: Tracker, mail_room: MailRoom) -> None:
    hook, _ = make_hook(van, "http://127.0.0.1:9/")
    Webhook.objects.filter(pk=hook.pk).update(failing_since=timezone.now() - timedelta(hours=25))
    send_due()
    send_due()
    assert "Dispatch" in mail_room.letter_to(van.account.login)["subject"]
    assert Delivery.objects.get().status == DeliveryStatus.DELIVERED


def test_ended_deliveries_are_forgotten_after_a_month(van: Tracker) -> None:
    hook, _ = make_hook(van, "http://127.0.0.1:9/")
    raise_alerts(make_rule(van, hooks=(hook,)), van, 2)
    old = Delivery.objects.latest("pk")
    Delivery.objects.filter(pk=old.pk).update(
        finished_at=timezone.now() - timedelta(days=31), status=DeliveryStatus.GAVE_UP
    )
    tend_deliveries(timezone.now())
    assert [one.pk for one in Delivery.objects.all()] == [old.pk - 1]


def test_letters_are_stopped_by_their_link(van: Tracker) -> None:
    rule = make_rule(van, emails=("yard@example.com", "boss@example.com"))
    raise_alerts(rule, van)
    path = link_to_stop(van.account_id, "yard@example.com").removeprefix(settings.PUBLIC_URL)
    client = Client()
    assert b"<form" in client.get(path).content
    assert rule_emails(rule) == ["yard@example.com", "boss@example.com"]
    assert client.post(path).status_code == 200
    assert rule_emails(rule) == ["boss@example.com"]
    assert client.get("/letters/stop/made-up").status_code == 404
    assert client.post("/letters/stop/made-up").status_code == 404
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING)
    assert [one.address for one in waiting] == ["boss@example.com"]


def rule_emails(rule: AlertRule) -> list[str]:
    rule.refresh_from_db()
    return rule.alerts["emails"]
