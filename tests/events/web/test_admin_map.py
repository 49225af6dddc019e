"""The map in the tracker's form of the admin."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from tests.admin import Admin
from tests.trackers.drives import say
from trackers.models import Tracker
from trackers.reports.report import Fix


def test_tracker_form_shows_where_it_was_last(staff: Admin, alice: User, register: Callable[..., Tracker]) -> None:
    van = register(alice)
    page = ("trackers_tracker_change", van.pk)
    assert "position-map" not in staff.open(*page).content.decode()
    say(van, 0, fix=Fix(-33.8, 19.04, 0, 90))
    shown = staff.open(*page).content.decode()
    assert 'data-lat="-33.800000" data-lng="19.040000"' in shown
    assert '"maplibre-gl": "' in shown and "events/admin/position" in shown
