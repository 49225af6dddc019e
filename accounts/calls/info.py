"""The calls that tell about the caller, the dealer and the time zones (api §2.4, §2.5)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.api.call import ApiCall, Fields, UserCall
from accounts.api.declare import call, open_call
from accounts.calls.login import MAX_PASSWORD_LENGTH
from accounts.calls.settings import SETTINGS
from accounts.calls.time_zones import TimeZone, time_zones
from accounts.models import Dealer, LegalType, MeasurementSystem, User
from accounts.selectors import user_settings
from accounts.services.profiles import CONTACT_FIELDS, PERSON_FIELDS, PLACES, contact_of
from accounts.wire import schema
from accounts.wire.limits import MAX_ENTRIES, MAX_STATS_DAYS, MAX_STATS_TRACKERS
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, HASH, ID, INTEGER, NUMBER, between, one_of, printable, text

# What is noted for the books and not for the user (api §2.4).
NOT_TOLD = {"state_reg_num", "okpo_code"}

_PERSON: schema.Fields = {
    **dict.fromkeys(("title", "first_name", "middle_name", "last_name", "legal_name"), text()),
    "legal_type": one_of(LegalType),
    "demo": FLAG,
    "balance": NUMBER,
    "bonus": NUMBER,
}
USER_INFO = record(
    "UserInfo",
    id=ID,
    login=text(),
    **_PERSON,
    phone=text(),
    creation_date=DATE,
    verified=FLAG,
    **dict.fromkeys(("tin", "iec", *PLACES), text()),
    **SETTINGS,
)
DEALER_SETTINGS = record(
    "DealerSettings",
    **dict.fromkeys(("domain", "service_title", "locale", "demo_login", "demo_password"), text()),
    allow_registration=FLAG,
    default_user_settings=object_of({"measurement_system": one_of(MeasurementSystem)}),
    password_policy=object_of(dict.fromkeys(("min_length", "max_length"), between(1, 128))),
)
TIME_ZONE = record(
    "TimeZone",
    zone_id=text(),
    description=text(),
    base_offset=said(NUMBER, "hours that its clocks are ahead of UTC outside summer time"),
    dst_offset=said(NUMBER, "hours that are added in summer; 0: no summer time"),
    country_code=nullable(said(text(2), "ISO 3166")),
    alt_ids=optional(list_of(text())),
)


@call(
    "user/get_info",
    gives={
        "paas_id": nullable(ID),
        "paas_settings": DEALER_SETTINGS,
        "user_info": USER_INFO,
        "premium_gis": FLAG,
        "features": list_of(text()),
        "master": optional(said(object_of({"id": ID, **_PERSON}), "of a sub-user only")),
        "privileges": optional(said(object_of({"rights": list_of(one_of(Right))}), "of a sub-user only")),
        "staff": optional(said(FLAG, "true: may use the admin; not the vendor's")),
    },
)
def get_info(call: UserCall) -> Fields:
    """Who the caller is.

    Money, tariffs and paid features are not kept: there are none.
    """
    users = User.objects.select_related("contact", "dealer", "master__contact", "master__dealer")
    user = users.get(pk=call.caller.user_id)
    dealer = (user.master or user).dealer
    fields: Fields = {
        "paas_id": dealer.pk if dealer else None,
        "paas_settings": _dealer_settings(dealer),
        "user_info": _user_info(call, user),
        "premium_gis": False,
        "features": [],
    }
    if user.master is not None:
        fields["master"] = {"id": user.master.pk, **_person(user.master)}
        fields["privileges"] = {"rights": sorted(call.caller.rights)}
    if user.may_use_panel:
        fields["staff"] = True
    return fields


def _user_info(call: UserCall, user: User) -> Fields:
    contact = contact_of(user)
    return {
        "id": user.pk,
        "login": user.login,
        **_person(user),
        "phone": user.phone,
        "creation_date": call.date_of(user.created_at),
        "verified": contact.is_verified,
        **{name: getattr(contact, name) for name in CONTACT_FIELDS if name not in NOT_TOLD},
        **user_settings(user),
    }


def _person(user: User) -> Fields:
    contact = contact_of(user)
    return {
        "title": user.title or user.login,
        **{name: getattr(user, name) for name in PERSON_FIELDS if name != "phone"},
        "middle_name": contact.middle_name,
        "legal_name": contact.legal_name,
        "legal_type": contact.legal_type,
        "demo": False,
        "balance": 0.0,
        "bonus": 0.0,
    }


@open_call(
    "timezone/list",
    takes={"locale": optional(said(text(), "descriptions are in English all the same"))},
    gives={"list": list_of(TIME_ZONE)},
)
def list_time_zones(call: ApiCall) -> Fields:
    """The time zones that a user may choose from."""
    return {"list": [_render_time_zone(zone) for zone in time_zones(timezone.now().year)]}


def _render_time_zone(zone: TimeZone) -> Fields:
    return {
        "zone_id": zone.zone_id,
        "description": zone.description,
        "base_offset": zone.base_offset_h,
        # A whole number in the vendor's answers; Lord Howe Island moves its clocks by half an hour.
        "dst_offset": int(zone.summer_offset_h) if zone.summer_offset_h.is_integer() else zone.summer_offset_h,
        "country_code": zone.country_code,
        **({"alt_ids": list(zone.other_ids)} if zone.other_ids else {}),
    }


LONGEST_PERIOD = said(text(), "of its period, as ISO 8601 writes durations")
PLATFORM = object_of(
    {
        "iso_datetime_support": FLAG,
        "stats": object_of(
            {"max_allowed_trackers": said(INTEGER, "in one call of statistics"), "max_time_span": LONGEST_PERIOD}
        ),
        "history": object_of({"max_limit": said(INTEGER, "entries in one call of the history of events")}),
        "report": object_of({"max_time_span": LONGEST_PERIOD}),
    }
)


@open_call(
    "dealer/get_ui_config",
    takes={
        "domain": optional(said(printable(), "where the installation is reached")),
        "hash": optional(said(HASH, "a session's hash or an API key")),
    },
    gives={
        "dealer": object_of({"id": nullable(ID), "ui_domain": text(), "company_url": text()}),
        "settings": DEALER_SETTINGS,
        "demo_ends": {"type": "null"},
        "premium_gis": FLAG,
        "features": list_of(text()),
        "platform": PLATFORM,
    },
    codes=(3, 4),
)
def get_ui_config(call: ApiCall) -> Fields:
    """What a client has to know of the installation; with a hash, of its dealer too. One of both must be there.

    One installation serves all domains, so any has the same answer.
    """
    dealer = None
    if call.credential is None:
        call.parameters.read("domain", printable())
    else:
        user = User.objects.select_related("dealer", "master__dealer").get(pk=call.principal().user_id)
        dealer = (user.master or user).dealer
    return {
        "dealer": {"id": dealer.pk if dealer else None, "ui_domain": _domain(), "company_url": settings.PUBLIC_URL},
        "settings": _dealer_settings(dealer),
        "demo_ends": None,
        "premium_gis": False,
        "features": [],
        "platform": {
            "iso_datetime_support": True,
            "stats": {"max_allowed_trackers": MAX_STATS_TRACKERS, "max_time_span": f"P{MAX_STATS_DAYS}D"},
            "history": {"max_limit": MAX_ENTRIES},
            "report": {"max_time_span": f"P{settings.MAX_ALERT_PERIOD_DAYS}D"},
        },
    }


def _dealer_settings(dealer: Dealer | None) -> Fields:
    return {
        "domain": _domain(),
        "service_title": dealer.title if dealer else "Fleetsphere",
        "locale": "en",
        "demo_login": "",
        "demo_password": "",
        "allow_registration": False,
        "default_user_settings": {"measurement_system": MeasurementSystem.METRIC},
        "password_policy": {"min_length": settings.MIN_PASSWORD_LENGTH, "max_length": MAX_PASSWORD_LENGTH},
    }


def _domain() -> str:
    return urlsplit(settings.PUBLIC_URL).netloc


@call("base/nothing")
def do_nothing(call: UserCall) -> None:
    """Success for whoever has a credential."""
