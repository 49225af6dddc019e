"""The calls about the caller, described (contract 2)."""

from __future__ import annotations

from accounts.models import DateFormat, HourMode, MeasurementSystem
from accounts.schema_terms import (
    DATE,
    FLAG,
    HASH,
    ID,
    Fields,
    Needs,
    describe,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    optional,
    printable,
    said,
    text,
)

PASSWORD = printable(128)

SETTINGS: Fields = {
    "time_zone": said(text(64), "a zone of the tz database, as Europe/Budapest"),
    "locale": text(8),
    "measurement_system": one_of(MeasurementSystem),
    "date_format": nullable(one_of(DateFormat)),
    "hour_mode": one_of(HourMode),
}

USER_INFO = named(
    "UserInfo",
    object_of(
        {
            "id": ID,
            "login": text(),
            "title": text(),
            "first_name": text(),
            "last_name": text(),
            "phone": text(),
            "creation_date": DATE,
            "demo": FLAG,
            "verified": FLAG,
            **SETTINGS,
        }
    ),
)

API_KEY = named("ApiKey", object_of({"hash": HASH, "title": text(), "create_date": DATE}))
HIDDEN_API_KEY = named(
    "HiddenApiKey",
    object_of({"hash": text(pattern=r"^[0-9a-f]{4}\*{28}$"), "title": text(), "create_date": DATE}),
)

CALLS = (
    describe(
        "user/auth",
        "Logs in: the hash of a new session.",
        parameters={"login": printable(), "password": PASSWORD, "dealer_id": optional(ID)},
        result={
            "type": one_of("authenticated", "second_factor_required"),
            "factor_type": optional(said(one_of("email"), "of a second factor")),
            "hash": said(HASH, "of a session, or of one that opens user/auth/code/* only"),
        },
        needs=Needs.NOTHING,
        codes=(11, 102, 103, 104, 105),
    ),
    describe(
        "user/auth/code/verify",
        "Completes a login by the code that was mailed; needs the hash that asked for it.",
        parameters={"code": said(printable(32), "six digits")},
        result={"hash": HASH},
        needs=Needs.SPECIAL,
        codes=(104, 105, 282),
    ),
    describe(
        "user/auth/code/resend",
        "Mails another code in place of the one before, once in five minutes.",
        needs=Needs.SPECIAL,
    ),
    describe(
        "user/restore_password",
        "Mails a link by which the user sets a new password, if there is such a user.",
        parameters={"login": printable()},
        needs=Needs.NOTHING,
        codes=(105,),
    ),
    describe(
        "user/password/change",
        "Sets a new password; needs the hash in the mailed link. All sessions of the user end.",
        parameters={"password": PASSWORD},
        needs=Needs.SPECIAL,
    ),
    describe("user/logout", "Ends the session that makes the call.", needs=Needs.SESSION),
    describe("user/session/renew", "Gives the session a full lifetime from now.", needs=Needs.SESSION),
    describe(
        "user/password/set",
        "Sets a new password in exchange for the old one; the user's other sessions end.",
        parameters={"old_password": PASSWORD, "new_password": PASSWORD},
        needs=Needs.SESSION,
        codes=(105, 245, 248),
    ),
    describe(
        "user/get_info",
        "Who the caller is.",
        result={
            "paas_id": nullable(ID),
            "user_info": USER_INFO,
            "master": optional(said(object_of({"id": ID, "title": text()}), "of a sub-user only")),
        },
    ),
    describe("user/settings/read", "The caller's settings.", result={"settings": object_of(SETTINGS)}),
    describe(
        "user/settings/update",
        "Replaces the caller's settings; what is left out goes back to its default.",
        parameters={
            "time_zone": SETTINGS["time_zone"],
            "locale": optional(printable(8)),
            "measurement_system": optional(one_of(MeasurementSystem)),
            "date_format": optional(one_of(DateFormat)),
            "hour_mode": optional(one_of(HourMode)),
        },
    ),
    describe("base/nothing", "Success for whoever has a credential."),
    describe(
        "api/key/create",
        "A new API key; its hash is shown only here.",
        parameters={"title": printable()},
        result={"value": API_KEY},
        needs=Needs.SESSION,
        codes=(13, 268),
    ),
    describe(
        "api/key/list",
        "The caller's API keys, of each hash the first four characters.",
        result={"list": list_of(HIDDEN_API_KEY)},
        needs=Needs.SESSION,
        codes=(13,),
    ),
    describe(
        "api/key/delete",
        "Ends an API key.",
        parameters={"key": said(printable(32), "the key's hash")},
        needs=Needs.SESSION,
        codes=(13, 201),
    ),
)
