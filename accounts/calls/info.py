"""The calls that tell about the caller, the dealer and the time zones (api §2.4, §2.5)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.api.call import ApiCall, Fields
from accounts.calls.login import MAX_PASSWORD_LENGTH
from accounts.calls.time_zones import TimeZone, time_zones
from accounts.models import Dealer, MeasurementSystem, User
from accounts.selectors import Principal, user_settings
from accounts.services.profiles import CONTACT_FIELDS, PERSON_FIELDS, contact_of

# What is noted for the books and not for the user (api §2.4).
NOT_TOLD = {"state_reg_num", "okpo_code"}


def get_info(call: ApiCall) -> Fields:
    """`user/get_info`: who the caller is. Money, tariffs and paid features are not kept: there are none."""
    principal = call.principal()
    user = User.objects.select_related("contact", "dealer", "master__contact", "master__dealer").get(
        pk=principal.user_id
    )
    dealer = (user.master or user).dealer
    fields: Fields = {
        "paas_id": dealer.pk if dealer else None,
        "paas_settings": _dealer_settings(dealer),
        "user_info": _user_info(call, principal, user),
        "premium_gis": False,
        "features": [],
    }
    if user.master is not None:
        fields["master"] = {"id": user.master.pk, **_person(user.master)}
        fields["privileges"] = {"rights": sorted(principal.rights)}
    return fields


def _user_info(call: ApiCall, principal: Principal, user: User) -> Fields:
    contact = contact_of(user)
    return {
        "id": user.pk,
        "login": user.login,
        **_person(user),
        "phone": user.phone,
        "creation_date": call.date(user.created_at, principal),
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


def get_ui_config(call: ApiCall) -> Fields:
    """`dealer/get_ui_config`: what a client has to know before, or after, the login.

    One installation serves all domains, so any has the same answer; a hash tells of which dealer the caller is.
    """
    dealer = None
    if call.credential is None:
        call.parameters.text("domain")
    else:
        user = User.objects.select_related("dealer", "master__dealer").get(pk=call.principal().user_id)
        dealer = (user.master or user).dealer
    return {
        "dealer": {"id": dealer.pk if dealer else None, "ui_domain": _domain(), "company_url": settings.PUBLIC_URL},
        "settings": _dealer_settings(dealer),
        "demo_ends": None,
        "premium_gis": False,
        "features": [],
        "platform": {"iso_datetime_support": True},
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


def list_time_zones(call: ApiCall) -> Fields:
    """`timezone/list`: the zones that a user may choose from, in English whatever `locale` asks for."""
    return {"list": [_render_time_zone(zone) for zone in time_zones(timezone.now().year)]}


def _render_time_zone(zone: TimeZone) -> Fields:
    fields: Fields = {
        "zone_id": zone.zone_id,
        "description": zone.description,
        "base_offset": zone.base_offset_h,
        # A whole number in the vendor's answers; Lord Howe Island moves its clocks by half an hour.
        "dst_offset": int(zone.summer_offset_h) if zone.summer_offset_h.is_integer() else zone.summer_offset_h,
        "country_code": zone.country_code,
    }
    if zone.other_ids:
        fields["alt_ids"] = list(zone.other_ids)
    return fields
