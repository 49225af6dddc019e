"""Users as the calls of a master and of the panel read and show them (api §2.7, §2.9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import Contact, LegalType, User
from accounts.services.profiles import CONTACT_FIELDS, PERSON_FIELDS, Profile, contact_of
from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.schema import Fields, nullable, open_object, optional, said
from accounts.wire.terms import FLAG, ID, Schema, Term, line, one_of, printable, text

_TEXTS: dict[str, Term[str]] = {
    field.name: text(field.max_length)
    for field in (*User._meta.fields, *Contact._meta.fields)
    if field.name in (*PERSON_FIELDS, *CONTACT_FIELDS)
}
RENDERED_PROFILE: dict[str, Schema] = {
    "id": ID,
    "activated": said(FLAG, "may log in"),
    "login": text(),
    "legal_type": one_of(LegalType),
    **_TEXTS,
}
_LOGIN = said(printable(254), "an e-mail address that no other user has")
_PROFILE: Fields = {
    "activated": optional(nullable(said(FLAG, "may log in; true for a new one unless it is said"))),
    "verified": optional(nullable(said(FLAG, "as `activated` unless it is said"))),
    "legal_type": optional(nullable(one_of(LegalType))),
    **{name: optional(nullable(line(term["maxLength"]))) for name, term in _TEXTS.items()},
}


def new_user(more: Fields) -> Term[Parameters]:
    """The `user` of a call that makes one. What it says besides the login is read when all parameters are."""
    return open_object({"login": _LOGIN, **_PROFILE, **more}).then(_with_login)


def known_user(more: Fields) -> Term[Parameters]:
    """The `user` of a call that changes one."""
    return open_object({"id": ID, "login": optional(_LOGIN), **_PROFILE, **more})


def _with_login(name: str, document: Parameters) -> Parameters:
    if "login" not in document:
        raise invalid_parameter(f"{name}.login", "must not be null")
    return document


def read_profile(document: Parameters) -> Profile:
    """What the `user` of a call says.

    Raises ApiError INVALID_PARAMETERS for what cannot be read; the services check the rest.
    """
    user: dict[str, Any] = dict(_texts(document, PERSON_FIELDS))
    if document.says("login"):
        user["login"] = document.read("login", printable()).lower()
    if "activated" in document:
        user["is_active"] = document.read("activated", FLAG)
    contact: dict[str, Any] = dict(_texts(document, CONTACT_FIELDS))
    if "verified" in document:
        contact["is_verified"] = document.read("verified", FLAG)
    if "legal_type" in document:
        contact["legal_type"] = document.read("legal_type", printable())
    return Profile(user, contact)


def _texts(document: Parameters, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        if document.says(name):
            # Null is no text, and absent what there was.
            yield name, document.read(name, _TEXTS[name], default="")


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
