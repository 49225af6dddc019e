"""Refuses calls that come too fast, and requests for events.

Counted in this process alone; refusing asks nobody (api §1.8).
"""

from __future__ import annotations

import time
from threading import Lock

from django.conf import settings

from accounts.wire.addresses import address_block
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash, is_hash
from accounts.wire.rates import Rates

# A second counts at most so long (accounts/wire/rates.py).
RETRY_AFTER_S = 1
# Calls are served by several threads.
_lock = Lock()
_by_address = Rates()
_by_digest = Rates()
_without_credential = Rates()
_for_events = Rates()
_of_wrong_links = Rates()


def count_caller(address: str) -> None:
    """Counts a call from this address, whoever makes it. Raises ApiError TOO_MANY_REQUESTS."""
    _count(_by_address, address, settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS)


def count_credential(credential: object, address: str) -> None:
    """Counts a call by this credential, each on its own; those without one count by address.

    Raises ApiError TOO_MANY_REQUESTS.
    """
    if isinstance(credential, str) and is_hash(credential):
        _count(_by_digest, digest_hash(credential), settings.MAX_REQUESTS_PER_SECOND)
    else:
        _count(_without_credential, address, settings.MAX_REQUESTS_PER_SECOND)


def is_flooding(address: str) -> bool:
    """Counts a request for events from this address; whether there are too many within a second."""
    with _lock:
        limit = settings.MAX_EVENT_REQUESTS_PER_SECOND_PER_ADDRESS
        return not _for_events.take(address_block(address), limit=limit, now=time.monotonic())


def check_links(address: str) -> None:
    """Raises ApiError TOO_MANY_REQUESTS for an address of which too many wrong share links came within a second."""
    key, limit = address_block(address), settings.MAX_WRONG_SHARE_LINKS_PER_SECOND
    with _lock:
        is_over = _of_wrong_links.is_used_up(key, limit=limit, now=time.monotonic())
    if is_over:
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS)


def count_wrong_link(address: str) -> None:
    """Counts a share link that shows nothing."""
    with _lock:
        limit = settings.MAX_WRONG_SHARE_LINKS_PER_SECOND
        _of_wrong_links.take(address_block(address), limit=limit, now=time.monotonic())


def _count(rates: Rates, key: str, limit: int) -> None:
    with _lock:
        is_within = rates.take(key, limit=limit, now=time.monotonic())
    if not is_within:
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS)
