"""From a report to a receiver, with the processes of an installation: the server, housekeeping, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from alerts.models import Alert, Delivery, DeliveryStatus
from alerts.rendering.posts import encode_secret
from tests.alerts.raising import make_hook
from tests.alerts.receivers import Receiver
from tests.end_to_end.browser import elsewhere
from tests.end_to_end.conftest import database_url
from tests.end_to_end.plain_client import PlainClient, call, report
from tests.end_to_end.servers import Broker, Daphne, Housekeeping, wait_until
from tests.patience import PATIENCE_S
from trackers.models import Tracker


@pytest.mark.alerts(39, 51, 52, 53)
def test_report_is_told_on_the_socket_and_posted_though_the_sender_is_killed(
    server: Daphne, broker: Broker, alice: User, register: Callable[..., Tracker], settings: Any, tmp_path: Path
) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    van, credential = register(alice), create_session(alice)
    housekeeping = Housekeeping(
        {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "WEBHOOK_PRIVATE_ADDRESSES": "1"},
        tmp_path / "housekeeping",
    )
    with Receiver(500, 204) as receiver, PlainClient(server) as client:
        hook, key = make_hook(van, receiver.url)
        rule = {"name": "Help", "type": "sos", "primary_text": "calls for help", "trackers": [van.pk]}
        rule["alerts"] = {"webhook_ids": [hook.pk]}
        assert call(server, "tracker/rule/create", hash=credential, rule=rule)["success"]
        requests = [{"type": "history", "target": {"type": "all"}}]
        client.send({"action": "subscribe", "hash": credential, "requests": requests})
        assert client.message()["data"]["history"]["success"]
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, alarm="sos") == 200
        alert = elsewhere(Alert.objects.get)
        entry = client.message()["data"]
        assert (entry["id"], entry["event"], entry["message"]) == (alert.pk, "sos", f"{van.label}: calls for help")
        with housekeeping:
            first = receiver.next_post()
            housekeeping.kill()
        with housekeeping:
            second = receiver.next_post()
            assert second.headers["webhook-id"] == first.headers["webhook-id"]
            assert second.is_signed_with(encode_secret(key))
            assert second.document["data"]["id"] == alert.pk
            wait_until(is_delivered, "the post is delivered", PATIENCE_S)
        assert elsewhere(Alert.objects.count) == 1


def is_delivered() -> bool:
    return elsewhere(Delivery.objects.get).status == DeliveryStatus.DELIVERED
