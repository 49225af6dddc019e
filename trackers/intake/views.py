"""The ways in for devices, as Django serves them: without a loop, and for browsers (trackers.ingest_asgi)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.wire.errors import first_line
from trackers.intake.left_out import left_out
from trackers.intake.metrics import count_failed, count_refused, count_reports
from trackers.intake.refusals import note_reading, note_request
from trackers.intake.throttling import count_devices, count_sender, sender_address
from trackers.reports.requests import WAYS_IN, Answer, IngestRequest, Limits, Read, RefusedRequest, unavailable
from trackers.services.ingestion import ingest

logger = logging.getLogger(__name__)

# An app that is set up by a code takes nothing of an address but its path.
KEY_IN_PATH = r"(?P<key>[0-9A-Za-z]{1,64})"


def current_limits() -> Limits:
    """The limits that the settings give."""
    return Limits(bytes=settings.INGEST_MAX_BYTES, reports=settings.INGEST_MAX_REPORTS)


def way_in(name: str, read: Read) -> URLPattern:
    """The address of a way in, to which a key may be added; a slash at its end makes no difference."""
    return re_path(rf"^ingest/{name}(?:/{KEY_IN_PATH})?/?$", ingest_view(name, read), name=f"ingest-{name}")


def ingest_view(way: str, read: Read) -> Callable[[HttpRequest], HttpResponse]:
    """The view of a way in; success means that the reports are stored."""

    @csrf_exempt
    def view(request: HttpRequest, key: str | None = None) -> HttpResponse:
        if key:
            # What Django logs of a refused request is its path.
            request.path = request.path.replace(key, "...")
        answer = _answer(way, read, request, key or "")
        return HttpResponse(answer.text, answer.content_type, answer.status, headers=answer.headers)

    return view


def _answer(way: str, read: Read, request: HttpRequest, key: str) -> Answer:
    now = timezone.now()
    limits = current_limits()
    address = sender_address(request.META.get("REMOTE_ADDR") or "", request.META.get("HTTP_X_FORWARDED_FOR", ""))
    try:
        count_sender(address)
    except RefusedRequest as refusal:
        count_refused(way, refusal.answer.status)
        note_request(way, address, refusal, now)
        return refusal.answer
    sent = _read_request(request, limits, key)
    try:
        reading = read(sent, now=now, limits=limits)
        reports = reading.reports
        count_devices(address, reports)
        outcomes = ingest(reports, received_at=now, key=reading.key) if reports else []
        left_out.note(way, reports, now)
        count_reports(way, reading.entries, outcomes, now)
        note_reading(way, address, sent, reading, outcomes, now)
        return reading.answer(outcomes)
    except RefusedRequest as refusal:
        count_refused(way, refusal.answer.status)
        note_request(way, address, refusal, now, request=sent)
        return refusal.answer
    except (OperationalError, InterfaceError) as error:
        logger.warning("reports could not be stored: %s", first_line(error))
        answer = unavailable()
        count_failed(way, answer.status)
        return answer


def _read_request(request: HttpRequest, limits: Limits, key: str) -> IngestRequest:
    return IngestRequest(
        method=request.method or "",
        query=request.META.get("QUERY_STRING", ""),
        content_type=request.headers.get("Content-Type", ""),
        authorization=request.headers.get("Authorization", ""),
        # One more than allowed shows that it is too much, without reading it all.
        body=request.read(limits.bytes + 1),
        device=request.headers.get("X-Limit-D", ""),
        key=key,
    )


ingest_urlpatterns: list[URLPattern] = [way_in(name, read) for name, read in WAYS_IN.items()]
"""The addresses of the ways in; those of the calls are made of what declares them."""
