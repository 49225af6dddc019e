"""The panel's calls about trackers, and the one that removes an account with its trackers (api §2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.api.call import ApiCall, Fields
from accounts.api.panel_call import Page, PanelPermission, order_of, panel_login
from accounts.calls.panel import account_to_change
from accounts.models import User
from accounts.wire.dates import format_date
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.signature import signature_of
from trackers.calls.lookup import read_label
from trackers.calls.trackers import render_tracker
from trackers.models import Tracker
from trackers.services import panel
from trackers.services import trackers as services
from trackers.services.registration import corrupt_single_tracker

ORDERS = {
    "id": "pk",
    "label": "label",
    "status": "source__is_blocked",
    "model": "source__model",
    "device_id": "source__device_id",
    "phone": "source__phone",
    "creation_date": "source__created_at",
    "last_connection": "source__state__last_update",
    "user_id": "account_id",
}
SEARCHED = ("label", "source__device_id", "source__model", "source__phone")
SEARCHED_IDS = ("pk", "source_id", "account_id")


@dataclass(frozen=True, slots=True)
class TrackersPage(Page):
    """Which trackers are wanted."""

    order_by: Annotated[str, order_of(ORDERS)] | None = None


def list_trackers(call: ApiCall) -> Fields:
    """`panel/tracker/list`: the trackers of all accounts, or of one."""
    panel_login(call, PanelPermission.READ_TRACKERS)
    page = TrackersPage(**signature_of(TrackersPage).read(call.parameters))
    user_id = call.parameters.integer("user_id") if "user_id" in call.parameters else None
    trackers = _trackers()
    if user_id is not None:
        if not User.objects.filter(master=None, pk=user_id).exists():
            raise ApiError(ErrorCode.NOT_FOUND)
        trackers = trackers.filter(account_id=user_id)
    trackers = _filtered(trackers, page)
    found = [_render(call, tracker) for tracker in _ordered(trackers, page)[page.rows]]
    return {"list": found, "count": trackers.count()}


def read_tracker(call: ApiCall) -> Fields:
    """`panel/tracker/read`."""
    panel_login(call, PanelPermission.READ_TRACKERS)
    return {"value": _render(call, _find(call))}


def update_source(call: ApiCall) -> Fields:
    """`panel/tracker/source/update`: blocks a device for all its trackers, or lets it go on."""
    panel_login(call, PanelPermission.UPDATE_TRACKERS)
    call.parameters.integer("tracker_id")
    is_blocked = call.parameters.boolean("blocked")
    services.set_blocked(_find(call).source_id, is_blocked=is_blocked)
    return {}


def corrupt_tracker(call: ApiCall) -> Fields:
    """`panel/tracker/corrupt`: removes a tracker and its source, and its clones unless they shall stay."""
    panel_login(call, PanelPermission.CORRUPT_TRACKERS)
    corrupt_clones = call.parameters.boolean("corrupt_clones", True)
    corrupt = services.corrupt_tracker if corrupt_clones else corrupt_single_tracker
    corrupt(_find_original(call))
    return {}


def clone_tracker(call: ApiCall) -> Fields:
    """`panel/tracker/clone`: a second tracker on the same source, in another account."""
    panel_login(call, PanelPermission.CREATE_TRACKERS)
    user_id = call.parameters.integer("user_id")
    label = read_label(call.parameters, "label")
    return {"id": panel.clone_for(_find_original(call), user_id, label).pk}


def move_tracker(call: ApiCall) -> Fields:
    """`panel/tracker/move`: the tracker is another account's from now on."""
    panel_login(call, PanelPermission.CREATE_TRACKERS, PanelPermission.CORRUPT_TRACKERS)
    user_id = call.parameters.integer("user_id")
    panel.move_to(_find_original(call), user_id)
    return {}


def corrupt_user(call: ApiCall) -> Fields:
    """`panel/user/corrupt`: removes an account with its sub-users and trackers; `login` proves that it is meant."""
    login = panel_login(call, PanelPermission.CORRUPT_USERS)
    user_id = call.parameters.integer("user_id")
    stated = call.parameters.text("login")
    corrupt_clones = call.parameters.boolean("corrupt_clones", True)
    user = account_to_change(login, user_id)
    if stated.lower() != user.login:
        raise invalid_parameter("login", "must be the login of the user")
    panel.corrupt_account(user, corrupt_clones=corrupt_clones)
    return {}


def _trackers() -> QuerySet[Tracker]:
    return Tracker.objects.select_related("source__state", "account")


def _find(call: ApiCall) -> Tracker:
    tracker = _trackers().filter(pk=call.parameters.integer("tracker_id")).first()
    if tracker is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return tracker


def _find_original(call: ApiCall) -> Tracker:
    tracker = _find(call)
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return tracker


def _filtered(trackers: QuerySet[Tracker], page: Page) -> QuerySet[Tracker]:
    if not page.filter:
        return trackers
    wanted = Q()
    for name in SEARCHED:
        wanted |= Q(**{f"{name}__icontains": page.filter})
    for name in SEARCHED_IDS:
        trackers = trackers.annotate(**{f"text_of_{name}": Cast(name, CharField())})
        wanted |= Q(**{f"text_of_{name}__contains": page.filter})
    return trackers.filter(wanted)


def _ordered(trackers: QuerySet[Tracker], page: Page) -> QuerySet[Tracker]:
    sign = "" if page.is_ascending else "-"
    return trackers.order_by(f"{sign}{ORDERS[page.order_by or 'id']}", f"{sign}pk")


def _render(call: ApiCall, tracker: Tracker) -> Fields:
    """The tracker object of the panel. What is removed is not kept, so that nothing here is deleted."""
    state = tracker.source.state
    own = render_tracker(tracker)
    del own["tag_bindings"]
    last_update = None if state.last_update is None else format_date(state.last_update, UTC, iso=call.iso)
    return {
        **own,
        "user_id": tracker.account_id,
        "dealer_id": tracker.account.dealer_id,
        "creation_date": own["source"]["creation_date"],
        "deleted": False,
        "comment": "",
        "last_connection": last_update,
        "source": {**own["source"], "connection_status": state.connection_status},
    }
