"""Users as the calls of a master and of the panel read and write them (api §2.7, §2.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Contact, User
from accounts.wire.parameters import Parameters

PERSON_FIELDS = ("first_name", "last_name", "phone")
CONTACT_FIELDS = (
    "middle_name",
    "legal_name",
    "post_country",
    "post_index",
    "post_region",
    "post_city",
    "post_street_address",
    "registered_country",
    "registered_index",
    "registered_region",
    "registered_city",
    "registered_street_address",
    "state_reg_num",
    "tin",
    "okpo_code",
    "iec",
)

MAX_LENGTHS: dict[str, int] = {
    field.name: field.max_length
    for field in (*User._meta.fields, *Contact._meta.fields)
    if field.max_length is not None and field.name in (*PERSON_FIELDS, *CONTACT_FIELDS)
}


@dataclass(frozen=True, slots=True)
class Profile:
    """New values of fields, by the names of the models; what is not among them stays as it is."""

    user: Mapping[str, Any]
    contact: Mapping[str, Any]


def read_profile(parameters: Parameters) -> Profile:
    """What the `user` of a call says. Raises ApiError 7 for what cannot be read; the services check the rest."""
    user: dict[str, Any] = dict(_texts(parameters, PERSON_FIELDS))
    if parameters.says("login"):
        user["login"] = parameters.text("login").lower()
    if "activated" in parameters:
        user["is_active"] = parameters.boolean("activated")
    contact: dict[str, Any] = dict(_texts(parameters, CONTACT_FIELDS))
    if "verified" in parameters:
        contact["is_verified"] = parameters.boolean("verified")
    if "legal_type" in parameters:
        contact["legal_type"] = parameters.text("legal_type")
    return Profile(user, contact)


def _texts(parameters: Parameters, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        if parameters.says(name):
            yield name, parameters.text_or_blank(name, max_length=MAX_LENGTHS[name])


def contact_of(user: User) -> Contact:
    """What is noted of a user; of one without a note an empty one, which is not stored."""
    return getattr(user, "contact", None) or Contact(user=user)


def render_profile(user: User) -> dict[str, Any]:
    """The fields that a sub-user and a user of the panel have in common."""
    contact = contact_of(user)
    return {
        "id": user.pk,
        "activated": user.is_active,
        "login": user.login,
        "legal_type": contact.legal_type,
        **{name: getattr(user, name) for name in PERSON_FIELDS},
        **{name: getattr(contact, name) for name in CONTACT_FIELDS},
    }
