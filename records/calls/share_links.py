"""The calls about share links, which the vendor calls geo links (api §2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.models import ShareLink
from accounts.selectors import Principal, first_of, is_open
from accounts.services import share_links
from accounts.wire.dates import moment_of
from accounts.wire.description import Example
from accounts.wire.errors import invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, said
from accounts.wire.signature import Found
from accounts.wire.terms import HASH, ID
from records.calls.listing import Conditions, Order, Part, listed, sort_by
from records.rendering.share_links import SHARE_LINK, Lifetime, SharedView, stored_params, stored_tracker
from trackers.calls.lookup import find_all_visible
from trackers.models import Tracker

RIGHT = Right.WEBLOCATOR_SESSION_CREATE
YEARS = range(1970, 9000)
SEARCHED = ("description", "trackers", "aliases", "creator")
SORTED = ("id", "create_date", "expire_date", "trackers", "aliases", "status", "creator", "description")


def find_link(caller: Principal, link_id: int) -> ShareLink:
    """A link that the caller made, or a sub-user of the caller's. Raises ApiError NOT_FOUND."""
    return first_of(_links_of(caller).filter(pk=link_id))


def _links_of(caller: Principal) -> QuerySet[ShareLink]:
    links = share_links.links_of_account(caller.account_id).select_related("user", "user__master")
    links = links.select_related("user__security_group").order_by("pk")
    return links if caller.is_master else links.filter(user=caller.user_id)


ALink = Annotated[ShareLink, Found("id", said(ID, "an `id` of `tracker/location/link/list`"), find_link, (201,))]
EXAMPLE = {"description": "Parcel 17", "trackers": [{"tracker_id": 1, "params": {"object_data": ["speed"]}}]}
_TOKEN = "d3f9a1c0de5b4e7f8a6b2c1d0e9f8a7b"


@call(
    "tracker/location/link/create",
    right=RIGHT,
    gives={"value": ID, "hash": said(HASH, "the token: the page is `/share/` and this. It is shown only here")},
    codes=(217, 268),
    example=Example(EXAMPLE, {"value": 104, "hash": _TOKEN}),
)
def create_link(call: UserCall, shown: SharedView) -> Fields:
    """A new link that shows some trackers to whoever has it."""
    link, token = share_links.create_link(call.user(), _content(call, shown))
    return {"value": link.pk, "hash": token}


@call("tracker/location/link/update", right=RIGHT, codes=(217,))
def update_link(call: UserCall, link: ALink, shown: SharedView) -> None:
    """Puts what is sent in the place of all that a link shows; its token stays."""
    share_links.update_link(link, _content(call, shown))


@call("tracker/location/link/status/change")
def change_status(call: UserCall, link: ALink, is_active: Annotated[bool, "false: it shows nothing"]) -> None:
    """Lets a link show what it is for, or nothing."""
    share_links.set_enabled(link, is_active)


@call("tracker/location/link/read", gives={"value": SHARE_LINK})
def read_link(call: UserCall, link: ALink) -> Fields:
    """One link."""
    return {"value": _render(call, link)}


@call("tracker/location/link/list", gives={"list": list_of(SHARE_LINK)})
def list_links(
    call: UserCall,
    part: Part,
    conditions: Conditions = (),
    sort: Annotated[tuple[Order, ...], sort_by(*SORTED)] = (),
) -> Fields:
    """The links that the caller made; of a master those of the whole account."""
    links = {link.pk: link for link in _links_of(call.caller)}
    labels = dict(Tracker.objects.filter(account=call.caller.account_id).values_list("pk", "label"))
    documents = [_render(call, link) for link in links.values()]
    words = partial(_words, links=links, labels=labels, now=timezone.now())
    return {"list": listed(documents, part, sort, SEARCHED, words)[0]}


@call("tracker/location/link/delete")
def delete_link(call: UserCall, link: ALink) -> None:
    """Ends a link; who looks at it is told at once."""
    share_links.remove_links(ShareLink.objects.filter(pk=link.pk))


def _content(call: UserCall, shown: SharedView) -> share_links.Content:
    """Raises ApiError: INVALID_PARAMETERS for an end before its beginning, NONEXISTENT_ENTITIES."""
    lifetime = shown.lifetime or Lifetime()
    begins_at = _moment(call, "lifetime.from", lifetime.begin)
    expires_at = _moment(call, "lifetime.to", lifetime.end)
    if expires_at is not None and expires_at <= (begins_at or timezone.now()):
        raise invalid_parameter("lifetime.to", "must be after the beginning, and not be over")
    find_all_visible(call.caller, [one.tracker_id for one in shown.trackers])
    trackers = [stored_tracker(one) for one in shown.trackers]
    return share_links.Content(shown.description, begins_at, expires_at, trackers, stored_params(shown.params))


def _moment(call: UserCall, name: str, date: datetime | None) -> datetime | None:
    if date is None:
        return None
    # Whoever reads it in another zone must have it within the calendar, too, and 30 days may be added.
    if date.year not in YEARS:
        raise invalid_parameter(name, f"must be of the years {YEARS.start} to {YEARS.stop - 1}")
    return moment_of(name, date, call.caller.zone)


def _render(call: UserCall, link: ShareLink) -> Fields:
    return {
        "id": link.pk,
        "hash": share_links.shown_of(link),
        "description": link.description,
        "creator_id": link.user_id,
        "create_date": call.date_of(link.created_at),
        "enabled": link.is_enabled,
        "lifetime": {"from": call.date_of(link.begins_at), "to": call.date_of(link.expires_at)},
        "trackers": link.trackers,
        "params": link.params,
    }


def _words(
    document: Fields, *, links: Mapping[int, ShareLink], labels: Mapping[int, str], now: datetime
) -> dict[str, Any]:
    """What a link is sorted and searched by beside what it shows."""
    link = links[document["id"]]
    return {
        "create_date": link.created_at.timestamp(),
        "expire_date": link.expires_at.timestamp(),
        "trackers": ", ".join(labels.get(one["tracker_id"], "") for one in link.trackers),
        "aliases": ", ".join(one["alias"] or "" for one in link.trackers),
        "creator": " ".join(filter(None, (link.user.first_name, link.user.last_name))) or link.user.login,
        "status": _rank(link, now),
    }


def _rank(link: ShareLink, now: datetime) -> int:
    """Where a link stands among others: open, not begun or not permitted, over, disabled."""
    if not link.is_enabled:
        return 3
    return 2 if link.expires_at <= now else int(not is_open(link, now))
