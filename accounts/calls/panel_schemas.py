"""The panel's calls about its logins and about users, described (api §2.9)."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.api.panel_call import MAX_FILTER_LENGTH, MAX_OFFSET, MAX_ROWS, NAMES
from accounts.calls.panel import MAX_COMMENT_LENGTH, ORDERS
from accounts.calls.schemas import PASSWORD
from accounts.calls.sub_user_schemas import LOGIN, PROFILE, RENDERED_PROFILE
from accounts.wire.schema import (
    DATE,
    FLAG,
    HASH,
    ID,
    NUMBER,
    CallSchema,
    Fields,
    Needs,
    between,
    describe,
    line,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    open_object,
    optional,
    printable,
    said,
    text,
)

USER_ID = said(ID, "a user's `id` in `panel/user/list`")
COUNT = between(0, 2**63 - 1)
TIME_ZONE_NAME = said(printable(64), "of the tz database, as Europe/Budapest")
IN_UTC = said(DATE, "at UTC; with `iso_datetime` in ISO 8601")

PERMISSIONS = object_of(
    {category: optional(list_of(one_of(*actions), unique=True)) for category, actions in NAMES.items()}
)

PANEL_USER = named(
    "PanelUser",
    object_of(
        {
            **RENDERED_PROFILE,
            "verified": FLAG,
            "dealer_id": nullable(ID),
            "balance": NUMBER,
            "bonus": NUMBER,
            "creation_date": IN_UTC,
            "trackers_count": COUNT,
            "comment": text(),
        }
    ),
)
COMMENT = optional(said(nullable(line(MAX_COMMENT_LENGTH)), "for the staff"))


def page_of(orders: Iterable[str]) -> Fields:
    """The parameters of a list of the panel."""
    return {
        "filter": optional(said(line(MAX_FILTER_LENGTH), "only rows that have this text in one of their fields")),
        "order_by": optional(said(one_of(*orders), "a field of the rows")),
        "ascending": optional(said(FLAG, "false: the other way round")),
        "limit": optional(said(between(1, MAX_ROWS), "at most so many rows")),
        "offset": optional(said(between(0, MAX_OFFSET), "so many rows are passed over")),
    }


def for_staff(
    route: str,
    summary: str,
    *,
    parameters: Fields | None = None,
    result: Fields | None = None,
    codes: tuple[int, ...] = (),
) -> CallSchema:
    """A call that needs a permission of the staff."""
    return describe(route, summary, parameters=parameters, result=result, needs=Needs.PANEL, codes=(13, *codes))


CALLS = (
    describe(
        "panel/account/auth",
        "Logs a member of the staff into the panel: the hash of a session that lasts 24 hours.",
        parameters={"login": printable(), "password": PASSWORD},
        result={"hash": HASH, "permissions": PERMISSIONS},
        needs=Needs.NOTHING,
        codes=(11, 102, 105),
    ),
    describe("panel/account/logout", "Ends the panel session that makes the call.", needs=Needs.PANEL),
    describe(
        "panel/account/get_permissions",
        "What the caller may do.",
        result={"permissions": PERMISSIONS},
        needs=Needs.PANEL,
    ),
    for_staff(
        "panel/user/create",
        "A new account.",
        parameters={
            "user": open_object({"login": LOGIN, **PROFILE}),
            "password": PASSWORD,
            "time_zone": optional(TIME_ZONE_NAME),
            "locale": optional(printable(8)),
            "comment": COMMENT,
        },
        result={"id": ID},
        codes=(206,),
    ),
    for_staff(
        "panel/user/list",
        "The accounts, by their masters.",
        parameters={**page_of(ORDERS), "hide_inactive": optional(said(FLAG, "only those that may log in"))},
        result={"list": list_of(PANEL_USER, most=MAX_ROWS), "count": said(COUNT, "of all that fit the filter")},
    ),
    for_staff(
        "panel/user/read",
        "One account.",
        parameters={"user_id": USER_ID},
        result={"value": PANEL_USER},
        codes=(201,),
    ),
    for_staff(
        "panel/user/update",
        "Changes what is said of a user; what is left out stays. With `activated` false the account is logged out.",
        parameters={"user": open_object({"id": ID, "login": optional(LOGIN), **PROFILE}), "comment": COMMENT},
        codes=(201, 206),
    ),
    for_staff(
        "panel/user/change_password",
        "Sets a user's password; the user's sessions end.",
        parameters={"user_id": USER_ID, "password": PASSWORD},
        codes=(201,),
    ),
    for_staff(
        "panel/user/session/create",
        "A session in which the caller acts as the user.",
        parameters={"user_id": USER_ID},
        result={"hash": HASH},
        codes=(104, 201, 275),
    ),
)
