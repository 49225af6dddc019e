"""What becomes of a source when a phone is paired with it, and what was heard of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.db import transaction

from trackers.models import RefusedReport, Source
from trackers.rendering.pairing import App, Entry, Pairing
from trackers.services.settings import save_source_rules
from trackers.services.trackers import set_ingest_key
from trackers.storage.states import lock_source_rows, record_of

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a device since a moment."""

    report_at: datetime | None
    """When its last report was stored; None: none was since."""
    refusal: str | None
    """Why the last one was refused that was not stored."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What to enter in an app so that it reports for a source."""

    app: App
    entries: Sequence[Entry]
    code: str | None
    """Its QR code as SVG, black on white in any theme; None for an app that reads none."""
    key: str | None
    """The new ingest key, which is shown here alone; None: none was asked for."""
    hides_key: bool
    """Whether its reports must bring a key that nobody can show any more."""
    is_only_here: bool
    """Whether nothing but the server's own machine finds the address."""


@transaction.atomic
def pair(source: Source, app: App, *, has_new_key: bool) -> Sheet:
    """Sets what the app needs, and gives what its sheet shows; a key is not set where it could not be shown."""
    if app.speed_unit is not None:
        set_speed_unit(source.pk, app.speed_unit)
    key = set_ingest_key([source.pk]) if has_new_key else None
    pairing = Pairing(settings.PUBLIC_URL, source.device_id, key)
    return Sheet(
        app,
        app.entries(pairing),
        draw_code(app, pairing),
        key,
        hides_key=key is None and source.ingest_key_digest != "",
        is_only_here=(urlsplit(pairing.url).hostname or "") in _THIS_MACHINE,
    )


def draw_code(app: App, pairing: Pairing) -> str | None:
    """The code that sets the app up, as an element for a page; None for an app that reads none."""
    if app.code is None:
        return None
    return segno.make(app.code(pairing), error="m", micro=False).svg_inline(scale=4, dark="#000", light="#fff")


@transaction.atomic
def set_speed_unit(source_id: int, unit: str) -> None:
    """Sets in which unit the speeds of the source's app come, one of `SpeedUnit`; all else stays."""
    source = lock_source_rows([source_id]).get()
    if source.speed_unit != unit:
        source.speed_unit = unit
        save_source_rules(source)


def heard_since(source: Source, moment: datetime) -> Heard:
    """What came of a device since, as the server's clock has it."""
    contact_at = record_of(source.pk).contact_at
    refused = RefusedReport.objects.filter(device_id=source.device_id, time__gte=moment).order_by("-time").first()
    return Heard(
        report_at=contact_at if contact_at is not None and contact_at >= moment else None,
        refusal=None if refused is None else refused.reason,
    )
