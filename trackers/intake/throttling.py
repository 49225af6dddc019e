"""Refuses what devices send too fast. Counted in this process alone, as calls are; refusing asks nobody."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from threading import Lock

from django.conf import settings

from accounts.wire.addresses import address_block, client_address
from accounts.wire.rates import Rates
from trackers.reports.report import Report
from trackers.reports.requests import Answer, RefusedRequest

# More of them than of callers of the API: a fleet reports within the same second.
MOST_DEVICES = 100_000
# A second counts at most so long (accounts/wire/rates.py).
RETRY_AFTER_S = 1
# Browsers' requests are served by several threads.
_lock = Lock()
_by_address = Rates()
_by_device = Rates(MOST_DEVICES)


def sender_address(peer: str, forwarded_for: str) -> str:
    """The address that a request comes from, past the proxies that are trusted."""
    return address_block(client_address(peer, forwarded_for, settings.TRUSTED_PROXIES))


def count_sender(address: str) -> None:
    """Counts a request. Raises RefusedRequest."""
    _count(_by_address, [address], settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS, "from this address")


def count_devices(address: str, reports: Iterable[Report]) -> None:
    """Counts a request for each device that it brings reports of. Raises RefusedRequest: none of them is stored.

    Each address counts on its own: who knows a device's id and lacks its key could silence it otherwise.
    """
    devices = {f"{address} {report.device_id}" for report in reports}
    _count(_by_device, devices, settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE, "of this device")


def _count(rates: Rates, keys: Iterable[str], limit: int, whose: str) -> None:
    now = time.monotonic()
    with _lock:
        is_within = all(rates.take(key, limit=limit, now=now) for key in keys)
    if not is_within:
        text, retry_after = f"too many requests {whose}\n", {"Retry-After": str(RETRY_AFTER_S)}
        raise RefusedRequest(Answer(HTTPStatus.TOO_MANY_REQUESTS, text, headers=retry_after))
