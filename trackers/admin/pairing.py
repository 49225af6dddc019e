"""The pairing sheet of a tracker: what to enter in a phone's app, or a code that says it, and whether it reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
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
from trackers.rendering.pairing import APPS
from trackers.services.pairing import heard_since, pair


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
        """What the sheet shows, of which is noted what was set."""
        sheet = pair(tracker.source, APPS[chosen["app"]], has_new_key=chosen["new_key"])
        with_key = ", with a new key" if sheet.key else ""
        self.log_change(request, tracker, f"Paired with {sheet.app.name}{with_key}.")  # type: ignore[attr-defined]
        return {
            "sheet": sheet,
            # Of the server's own making, and what it says is drawn, not written.
            "code": mark_safe(sheet.code) if sheet.code else None,
            "heard_url": reverse("admin:trackers_tracker_heard", args=[tracker.pk]),
            "since": timezone.now().isoformat(),
        }


def pairing_link(tracker: Tracker) -> SafeString:
    """The way to the sheet."""
    return format_html('<a href="{}">Pair a phone</a>', reverse("admin:trackers_tracker_pairing", args=[tracker.pk]))


def _read_moment(text: str) -> datetime:
    """Raises Http404 for what is none."""
    try:
        moment = parse_datetime(text)
    except ValueError as error:
        raise Http404 from error
    if moment is None or moment.tzinfo is None:
        raise Http404
    return moment
