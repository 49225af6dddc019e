"""The calls about the caller, described (api §2)."""

from __future__ import annotations

from django.conf import settings

from accounts.models import DateFormat, HourMode, LegalType, MeasurementSystem
from accounts.wire.rights import Right
from accounts.wire.schema import (
    DATE,
    FLAG,
    HASH,
    ID,
    NUMBER,
    CallSchema,
    Example,
    Fields,
    Needs,
    between,
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

PASSWORD = printable(128, trim=False)
EXAMPLE_HASH = "0123456789abcdef0123456789abcdef"
_LIFETIME = f"{settings.SESSION_LIFETIME_DAYS} days"

SETTINGS: Fields = {
    "time_zone": said(text(64), "a zone of the tz database, as Europe/Budapest"),
    "locale": said(text(8), "the language of letters, as en or de_DE"),
    "measurement_system": said(one_of(MeasurementSystem), "for clients; the API itself is metric"),
    "date_format": said(nullable(one_of(DateFormat)), "for clients; the API keeps to its own"),
    "hour_mode": said(one_of(HourMode), "for clients"),
}

PERSON: Fields = {
    "title": text(),
    "first_name": text(),
    "middle_name": text(),
    "last_name": text(),
    "legal_name": text(),
    "legal_type": one_of(LegalType),
    "demo": FLAG,
    "balance": NUMBER,
    "bonus": NUMBER,
}

USER_INFO = named(
    "UserInfo",
    object_of(
        {
            "id": ID,
            "login": text(),
            **PERSON,
            "phone": text(),
            "creation_date": DATE,
            "verified": FLAG,
            "tin": text(),
            "iec": text(),
            **{
                f"{kind}_{part}": text()
                for kind in ("post", "registered")
                for part in ("country", "index", "region", "city", "street_address")
            },
            **SETTINGS,
        }
    ),
)

DEALER_SETTINGS = named(
    "DealerSettings",
    object_of(
        {
            "domain": text(),
            "service_title": text(),
            "locale": text(),
            "demo_login": text(),
            "demo_password": text(),
            "allow_registration": FLAG,
            "default_user_settings": object_of({"measurement_system": one_of(MeasurementSystem)}),
            "password_policy": object_of({"min_length": between(1, 128), "max_length": between(1, 128)}),
        }
    ),
)

TIME_ZONE = named(
    "TimeZone",
    object_of(
        {
            "zone_id": text(),
            "description": text(),
            "base_offset": said(NUMBER, "hours that its clocks are ahead of UTC outside summer time"),
            "dst_offset": said(NUMBER, "hours that are added in summer; 0: no summer time"),
            "country_code": nullable(said(text(2), "ISO 3166")),
            "alt_ids": optional(list_of(text())),
        }
    ),
)

API_KEY = named("ApiKey", object_of({"hash": HASH, "title": text(), "create_date": DATE}))
HIDDEN_API_KEY = named(
    "HiddenApiKey",
    object_of({"hash": text(pattern=r"^[0-9a-f]{4}\*{28}$"), "title": text(), "create_date": DATE}),
)


def _api_key_calls(resource: str, key: str, *, alias_of: str | None = None) -> tuple[CallSchema, ...]:
    """The calls about API keys, which the vendor's pages name in two ways (api §7.26)."""

    def same(action: str) -> str | None:
        return f"{alias_of}/{action}" if alias_of else None

    return (
        describe(
            f"{resource}/create",
            "A new API key; its hash is shown only here.",
            parameters={"title": said(printable(), "for you to know it by")},
            result={"value": API_KEY},
            needs=Needs.SESSION,
            codes=(13, 268),
            alias_of=same("create"),
        ),
        describe(
            f"{resource}/list",
            "The caller's API keys, of each hash the first four characters.",
            result={"list": list_of(HIDDEN_API_KEY)},
            needs=Needs.SESSION,
            codes=(13,),
            alias_of=same("list"),
        ),
        describe(
            f"{resource}/delete",
            "Ends an API key.",
            parameters={key: said(printable(32), "the key's hash")},
            needs=Needs.SESSION,
            codes=(13, 201),
            alias_of=same("delete"),
        ),
    )


CALLS = (
    describe(
        "user/auth",
        "Logs in: the hash of a new session.",
        parameters={
            "login": said(printable(), "an e-mail address, as a rule"),
            "password": PASSWORD,
            "dealer_id": optional(said(ID, "the login succeeds only if the user is this dealer's")),
        },
        result={
            "type": one_of("authenticated", "second_factor_required"),
            "factor_type": optional(said(one_of("email"), "of a second factor")),
            "hash": said(
                HASH,
                f"of a session, for {_LIFETIME} from now or from the last `user/session/renew`; after"
                " `second_factor_required` it opens `user/auth/code/*` only",
            ),
        },
        needs=Needs.NOTHING,
        codes=(11, 102, 103, 104, 105),
        example=Example(
            {"login": "alice@fleet.example", "password": "correct horse battery"},
            {"type": "authenticated", "hash": EXAMPLE_HASH},
        ),
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
    describe("user/session/renew", f"Gives the session a full lifetime, {_LIFETIME}, from now.", needs=Needs.SESSION),
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
            "paas_settings": DEALER_SETTINGS,
            "user_info": USER_INFO,
            "premium_gis": FLAG,
            "features": list_of(text()),
            "master": optional(said(object_of({"id": ID, **PERSON}), "of a sub-user only")),
            "privileges": optional(said(object_of({"rights": list_of(one_of(Right))}), "of a sub-user only")),
        },
    ),
    describe("user/settings/read", "The caller's settings.", result={"settings": object_of(SETTINGS)}),
    describe(
        "user/settings/update",
        "Replaces the caller's settings; what is left out goes back to its default.",
        parameters={
            "time_zone": SETTINGS["time_zone"],
            "locale": optional(said(printable(8), "the language of letters, as en or de_DE")),
            "measurement_system": optional(said(one_of(MeasurementSystem), "for clients; the API itself is metric")),
            "date_format": optional(said(one_of(DateFormat), "for clients; the API keeps to its own")),
            "hour_mode": optional(said(one_of(HourMode), "for clients")),
        },
    ),
    describe(
        "timezone/list",
        "The time zones that a user may choose from.",
        parameters={"locale": optional(said(text(), "descriptions are in English all the same"))},
        result={"list": list_of(TIME_ZONE)},
        needs=Needs.NOTHING,
    ),
    describe(
        "dealer/get_ui_config",
        "What a client has to know of the installation; with a hash, of its dealer too. One of both must be there.",
        parameters={
            "domain": optional(said(printable(), "where the installation is reached")),
            "hash": optional(said(HASH, "a session's hash or an API key")),
        },
        result={
            "dealer": object_of({"id": nullable(ID), "ui_domain": text(), "company_url": text()}),
            "settings": DEALER_SETTINGS,
            "demo_ends": {"type": "null"},
            "premium_gis": FLAG,
            "features": list_of(text()),
            "platform": object_of({"iso_datetime_support": FLAG}),
        },
        needs=Needs.NOTHING,
        codes=(3, 4),
    ),
    describe("base/nothing", "Success for whoever has a credential."),
    *_api_key_calls("api/key", "key"),
    *_api_key_calls("user/api_key", "api_key", alias_of="api/key"),
)
