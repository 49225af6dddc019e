"""Share links as clients write and read them (api §2.10). Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from accounts.wire.dates import GIVEN_DATE
from accounts.wire.errors import invalid_parameter
from accounts.wire.schema import Optional, list_of, nullable, object_of, record, said
from accounts.wire.sharing import SharedField
from accounts.wire.signature import Found, fields_of
from accounts.wire.terms import DATE, FLAG, ID, Term, between, line, one_of, text
from records.rendering.documents import sent

MAX_TRACKERS = 100
MAX_ZONES = 100
MAX_TRACE_S = 3600
BOUNDING_MODE = one_of("inside", "outside")


def _as_sent(caller: Any, value: datetime) -> datetime:
    return value


def _none(name: str, given: tuple[int, ...]) -> tuple[int, ...]:
    if given:
        raise invalid_parameter(name, "must be empty: a link shows its trackers wherever they are, and nothing beside")
    return given


def _no(name: str, given: bool) -> bool:
    if given:
        raise invalid_parameter(name, "must be false: no other service is told of a link")
    return given


_NO_IDS = said(list_of(ID, most=MAX_ZONES), "must be empty").then(_none)
_NO_FLAG: Term[bool] = said(FLAG, "must be false").then(_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """When a link shows something."""

    begin: Annotated[datetime | None, Found("from", said(GIVEN_DATE, "nothing before"), _as_sent)] = None
    end: Annotated[datetime | None, Found("to", said(GIVEN_DATE, "nothing after"), _as_sent)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerParams:
    object_data: Annotated[
        tuple[SharedField, ...], list_of(one_of(SharedField), unique=True), "what is shown beside the place"
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTracker:
    """A tracker of a link."""

    alias: Annotated[str, line(100), "what it is called there, instead of its label"] = ""
    tracker_id: int
    params: Annotated[TrackerParams | None, sent(TrackerParams)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayOptions:
    """How the page shows it; what has no word here is kept and shown for programs."""

    map: Annotated[str, line(64)] = "roadmap"
    autoscale: Annotated[bool, "keeps all trackers in view"] = True
    show_icons: bool = True
    show_driver_info: bool = True
    show_vehicle_info: bool = True
    trace_duration: Annotated[int, between(0, MAX_TRACE_S), "seconds of way that are drawn behind a tracker"] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParams:
    bounding_zone_ids: Annotated[tuple[int, ...], _NO_IDS] = ()
    bounding_mode: Annotated[str | None, BOUNDING_MODE] = None
    place_ids: Annotated[tuple[int, ...], _NO_IDS] = ()
    shorten_url: Annotated[bool, _NO_FLAG] = False
    display_options: Annotated[DisplayOptions | None, sent(DisplayOptions)] = None


def _different(name: str, trackers: tuple[SharedTracker, ...]) -> tuple[SharedTracker, ...]:
    if len({one.tracker_id for one in trackers}) < len(trackers):
        raise invalid_parameter(name, "must not repeat a tracker")
    return trackers


_TRACKERS = list_of(sent(SharedTracker), least=1, most=MAX_TRACKERS).then(_different)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedView:
    """What a link shows, when and how."""

    trackers: Annotated[tuple[SharedTracker, ...], _TRACKERS]
    description: Annotated[str, line(255), "for you to know it by, and above the map"] = ""
    lifetime: Annotated[Lifetime | None, sent(Lifetime)] = None
    params: Annotated[LinkParams | None, sent(LinkParams)] = None


_OPTIONS = object_of(
    {name: one.schema if isinstance(one, Optional) else one for name, one in fields_of(DisplayOptions).items()}
)
SHARE_LINK = record(
    "ShareLink",
    id=ID,
    hash=said(text(pattern=r"^[0-9a-f]{4}\*{28}$"), "what is kept of the token"),
    description=text(),
    creator_id=ID,
    create_date=DATE,
    enabled=FLAG,
    lifetime=object_of({"from": nullable(DATE), "to": DATE}),
    trackers=list_of(
        object_of(
            {
                "alias": nullable(text()),
                "tracker_id": ID,
                "params": object_of({"object_data": list_of(one_of(SharedField))}),
            }
        )
    ),
    params=object_of(
        {
            "bounding_zone_ids": list_of(ID),
            "bounding_mode": nullable(BOUNDING_MODE),
            "place_ids": list_of(ID),
            "display_options": _OPTIONS,
        }
    ),
)


def stored_tracker(tracker: SharedTracker) -> dict[str, Any]:
    """A tracker of a link as it is kept, and shown."""
    fields = [str(field) for field in tracker.params.object_data] if tracker.params else []
    return {"alias": tracker.alias or None, "tracker_id": tracker.tracker_id, "params": {"object_data": fields}}


def stored_params(sent_params: LinkParams | None) -> dict[str, Any]:
    """The parameters of a link as they are kept, and shown."""
    params = sent_params or LinkParams()
    return {
        "bounding_zone_ids": [],
        "bounding_mode": params.bounding_mode,
        "place_ids": [],
        "display_options": asdict(params.display_options or DisplayOptions()),
    }
