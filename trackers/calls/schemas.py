"""The calls about trackers, described (api §3)."""

from __future__ import annotations

from accounts.wire.schema import (
    DATE,
    DAY,
    FLAG,
    ID,
    TRACKER_ID,
    Example,
    by_id,
    describe,
    list_of,
    named,
    nullable,
    object_of,
    optional,
    printable,
    said,
    text,
)
from trackers.calls.trackers import MAX_LABEL_LENGTH, MAX_LABELS, MAX_STATES_PER_CALL
from trackers.rendering.schema import EXAMPLE_STATE, EXAMPLE_TIME, STATE

SOURCE = object_of(
    {
        "id": said(ID, "the key of states and lifecycle events"),
        "device_id": said(text(), "what the device sends"),
        "model": said(text(), "a code of `tracker/list_models`"),
        "blocked": said(FLAG, "its reports are refused, and what is known of it is not shown"),
        "tariff_id": said(ID, "always 0: there are no tariffs"),
        "status_listing_id": said(nullable(ID), "always null"),
        "creation_date": DAY,
        "tariff_end_date": said(nullable(DAY), "always null"),
        "phone": said(nullable(text()), "of the device's SIM card"),
    }
)

TRACKER = named(
    "Tracker",
    object_of(
        {
            "id": ID,
            "label": text(),
            "clone": said(FLAG, "follows the device of another account's tracker"),
            "group_id": said(ID, "0: in none"),
            "source": SOURCE,
            "tag_bindings": said(list_of(object_of({"tag_id": ID, "ordinal": ID})), "always empty"),
        }
    ),
)

EXAMPLE_TRACKER = {
    "id": 1,
    "label": "Van 1",
    "clone": False,
    "group_id": 12,
    "source": {
        "id": 90411,
        "device_id": "demo-0001",
        "model": "osmand",
        "blocked": False,
        "tariff_id": 0,
        "status_listing_id": None,
        "creation_date": "2024-01-31",
        "tariff_end_date": None,
        "phone": None,
    },
    "tag_bindings": [],
}

CALLS = (
    describe(
        "tracker/list",
        "Every tracker that the caller may see, blocked ones too.",
        parameters={
            "labels": optional(
                said(
                    list_of(printable(MAX_LABEL_LENGTH), least=1, most=MAX_LABELS, unique=True),
                    "only those whose label contains one of these",
                )
            )
        },
        result={"list": list_of(TRACKER)},
        example=Example({}, {"list": [EXAMPLE_TRACKER]}),
    ),
    describe(
        "tracker/read",
        "One tracker.",
        parameters={"tracker_id": TRACKER_ID},
        result={"value": TRACKER},
        codes=(201,),
    ),
    describe(
        "tracker/get_state",
        "A tracker's current state.",
        parameters={"tracker_id": TRACKER_ID},
        result={"user_time": said(DATE, "now, for the caller"), "state": STATE},
        codes=(201, 208),
        example=Example({"tracker_id": 1}, {"user_time": EXAMPLE_TIME, "state": EXAMPLE_STATE}),
    ),
    describe(
        "tracker/get_states",
        "The current states of several trackers.",
        parameters={
            "trackers": said(list_of(ID, least=1), f"at most {MAX_STATES_PER_CALL} different ones"),
            "list_blocked": optional(said(FLAG, "name blocked trackers instead of failing"), default=False),
            "allow_not_exist": optional(said(FLAG, "name those that are not there instead of failing"), default=False),
        },
        result={
            "user_time": DATE,
            "states": said(by_id(STATE), "by tracker id"),
            "blocked": optional(list_of(ID)),
            "not_exist": optional(list_of(ID)),
        },
        codes=(208, 217, 221),
    ),
)
