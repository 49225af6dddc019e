"""The pairing sheet of a tracker: what to enter in a phone's app, or a code that says it, and whether it reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import segno
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from trackers.models import Tracker
from trackers.rendering.phone_apps import APPS, Pairing, PhoneApp
from trackers.services.pairing import heard_since, set_speed_unit
from trackers.services.trackers import set_ingest_key

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "")


class PairingForm(forms.Form):
    """Which app, and whether its reports shall bring a key."""

    app = forms.ChoiceField(choices=[(code, app.name) for code, app in APPS.items()])
    new_key = forms.BooleanField(
        label="a new ingest key",
        required=False,
        help_text="its reports must bring it from now on; it is shown on this sheet and never again",
    )


class PairingViews:
    """The pages of the sheet. A mixin of a model's admin."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        sheet = require_http_methods(["GET", "HEAD", "POST"])(self.pairing_view)
        heard = require_safe(self.heard_view)
        return [
            path("<int:tracker_id>/pairing/", self.admin_site.admin_view(sheet), name="trackers_tracker_pairing"),
            path("<int:tracker_id>/pairing/heard/", self.admin_site.admin_view(heard), name="trackers_tracker_heard"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def pairing_view(self, request: HttpRequest, tracker_id: int) -> HttpResponse:
        """Asks which app it is, and shows its sheet once that is said. The key is in this answer alone."""
        tracker = self._find(request, tracker_id)
        form = PairingForm(request.POST if request.method == "POST" else None)
        sheet = self._pair(request, tracker, form.cleaned_data) if form.is_valid() else {}
        context = {
            **self.admin_site.each_context(request),
            "title": "Pair a phone",
            "opts": self.opts,
            "tracker": tracker,
            "form": form,
            **sheet,
        }
        return TemplateResponse(request, "admin/trackers/tracker/pairing.html", context)

    def heard_view(self, request: HttpRequest, tracker_id: int) -> JsonResponse:
        """What came of the device since the sheet was made: the sheet asks it again and again."""
        tracker = self._find(request, tracker_id)
        heard = heard_since(tracker.source, _read_moment(request.GET.get("since", "")))
        return JsonResponse({"reported": heard.report_at is not None, "refusal": heard.refusal})

    def _find(self, request: HttpRequest, tracker_id: int) -> Tracker:
        tracker = Tracker.objects.select_related("source").filter(pk=tracker_id).first()
        if tracker is None:
            raise Http404
        if not self.has_change_permission(request, tracker):  # type: ignore[attr-defined]
            raise PermissionDenied
        return tracker

    @transaction.atomic
    def _pair(self, request: HttpRequest, tracker: Tracker, chosen: dict[str, Any]) -> dict[str, Any]:
        """Sets what the app needs, and gives what its sheet shows; a key is not set where it could not be shown."""
        app = APPS[chosen["app"]]
        if app.speed_unit is not None:
            set_speed_unit(tracker.source_id, app.speed_unit)
        key = set_ingest_key([tracker.source_id]) if chosen["new_key"] else None
        self.log_change(request, tracker, f"Paired with {app.name}{', with a new key' if key else ''}.")  # type: ignore[attr-defined]
        pairing = Pairing(settings.PUBLIC_URL, tracker.source.device_id, key)
        return {
            "app": app,
            "entries": app.entries(pairing),
            "code": draw_code(app, pairing),
            "key": key,
            "hides_key": key is None and tracker.source.ingest_key_digest != "",
            "is_only_here": (urlsplit(pairing.url).hostname or "") in _THIS_MACHINE,
            "heard_url": reverse("admin:trackers_tracker_heard", args=[tracker.pk]),
            "since": timezone.now().isoformat(),
        }


def pairing_link(tracker: Tracker) -> SafeString:
    """The way to the sheet."""
    return format_html('<a href="{}">Pair a phone</a>', reverse("admin:trackers_tracker_pairing", args=[tracker.pk]))


def draw_code(app: PhoneApp, pairing: Pairing) -> SafeString | None:
    """The code that sets the app up, black on white in any theme; None for an app that reads none."""
    if app.code is None:
        return None
    # Of its own making, and the text is drawn, not written.
    return mark_safe(
        segno.make(app.code(pairing), error="m", micro=False).svg_inline(scale=4, dark="#000", light="#fff")
    )


def _read_moment(text: str) -> datetime:
    """Raises Http404 for what is none."""
    try:
        moment = parse_datetime(text)
    except ValueError as error:
        raise Http404 from error
    if moment is None or moment.tzinfo is None:
        raise Http404
    return moment
