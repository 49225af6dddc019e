"""The panel's calls about trackers, and the one that removes an account with its trackers (api §2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from django.db.models import QuerySet

from accounts.api.call import Fields
from accounts.api.panel_call import PanelCall, PanelLogin, PanelPermission, panel_call
from accounts.api.panel_list import Page, order_of, rows_of
from accounts.calls.panel import IN_UTC, UserToChange, find_account
from accounts.models import User
from accounts.selectors import first_of
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.schema import nullable, object_of, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DAY, FLAG, ID, TRACKER_ID, one_of, text
from trackers.calls.lookup import Title
from trackers.calls.trackers import SOURCE, render_tracker
from trackers.engine.state import ConnectionStatus
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
PANEL_TRACKER = record(
    "PanelTracker",
    id=ID,
    label=text(),
    clone=FLAG,
    group_id=said(ID, "0: in none"),
    user_id=said(ID, "whose it is"),
    dealer_id=nullable(ID),
    creation_date=DAY,
    deleted=FLAG,
    comment=text(),
    last_connection=nullable(IN_UTC),
    source=object_of({**SOURCE, "connection_status": one_of(ConnectionStatus)}),
)


@dataclass(frozen=True, slots=True)
class TrackersPage(Page):
    """Which trackers are wanted."""

    orders = ORDERS
    searched = ("label", "source__device_id", "source__model", "source__phone")
    searched_ids = ("pk", "source_id", "account_id")
    order_by: Annotated[str, order_of(ORDERS)] | None = None


def _trackers() -> QuerySet[Tracker]:
    return Tracker.objects.select_related("source__state", "account")


def _find(login: PanelLogin, tracker_id: int) -> Tracker:
    return first_of(_trackers().filter(pk=tracker_id))


def _find_original(login: PanelLogin, tracker_id: int) -> Tracker:
    tracker = _find(login, tracker_id)
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return tracker


OneTracker = Annotated[Tracker, Found("tracker_id", TRACKER_ID, _find, codes=(201,))]
OneOriginal = Annotated[Tracker, Found("tracker_id", TRACKER_ID, _find_original, codes=(201, 219))]
OneAccount = Annotated[User, Found("user_id", said(ID, "only this account's"), find_account, codes=(201,))]
NewOwner = Annotated[int, "whose it shall be"]
CorruptClones = Annotated[bool, "whether clones in other accounts are removed too"]


@panel_call("panel/tracker/list", PanelPermission.READ_TRACKERS, gives=rows_of(PANEL_TRACKER))
def list_trackers(call: PanelCall, page: TrackersPage, account: OneAccount | None = None) -> Fields:
    """The trackers of all accounts, or of one."""
    trackers = page.fitting(_trackers() if account is None else _trackers().filter(account=account))
    return {"list": [_render(call, tracker) for tracker in page.cut(trackers)], "count": trackers.count()}


@panel_call("panel/tracker/read", PanelPermission.READ_TRACKERS, gives={"value": PANEL_TRACKER})
def read_tracker(call: PanelCall, tracker: OneTracker) -> Fields:
    """One tracker."""
    return {"value": _render(call, tracker)}


@panel_call("panel/tracker/source/update", PanelPermission.UPDATE_TRACKERS)
def update_source(
    call: PanelCall, tracker: OneTracker, blocked: Annotated[bool, "true: its reports are refused"]
) -> None:
    """Blocks a device for all its trackers, or lets it go on."""
    services.set_blocked(tracker.source_id, is_blocked=blocked)


@panel_call("panel/tracker/corrupt", PanelPermission.CORRUPT_TRACKERS, codes=(252, 253))
def corrupt_tracker(call: PanelCall, *, corrupt_clones: CorruptClones = True, tracker: OneOriginal) -> None:
    """Removes a tracker and its source."""
    corrupt = services.corrupt_tracker if corrupt_clones else corrupt_single_tracker
    corrupt(tracker)


@panel_call("panel/tracker/clone", PanelPermission.CREATE_TRACKERS, gives={"id": ID}, codes=(247, 252))
def clone_tracker(call: PanelCall, user_id: NewOwner, label: Title, tracker: OneOriginal) -> Fields:
    """A second tracker on the same source, in another account."""
    return {"id": panel.clone_for(tracker, user_id, label).pk}


@panel_call("panel/tracker/move", PanelPermission.CREATE_TRACKERS, PanelPermission.CORRUPT_TRACKERS, codes=(247,))
def move_tracker(call: PanelCall, user_id: NewOwner, tracker: OneOriginal) -> None:
    """Makes a tracker another account's; its sub-users, its group and its subscribers stay behind."""
    panel.move_to(tracker, user_id)


@panel_call("panel/user/corrupt", PanelPermission.CORRUPT_USERS, codes=(252, 253))
def corrupt_user(
    call: PanelCall, user: UserToChange, login: Annotated[str, "of that user"], corrupt_clones: CorruptClones = True
) -> None:
    """Removes an account with its sub-users and trackers.

    The login proves that it is meant.
    """
    if login.lower() != user.login:
        raise invalid_parameter("login", "must be the login of the user")
    panel.corrupt_account(user, corrupt_clones=corrupt_clones)


def _render(call: PanelCall, tracker: Tracker) -> Fields:
    """The tracker object of the panel. What is removed is not kept, so that nothing here is deleted."""
    state = tracker.source.state
    own = render_tracker(tracker)
    del own["tag_bindings"]
    return {
        **own,
        "user_id": tracker.account_id,
        "dealer_id": tracker.account.dealer_id,
        "creation_date": own["source"]["creation_date"],
        "deleted": False,
        "comment": "",
        "last_connection": call.date_of(state.last_update),
        "source": {**own["source"], "connection_status": state.connection_status},
    }
