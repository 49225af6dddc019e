"""What is noted of users beside the login (api §2.7, §2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Contact, User

PERSON_FIELDS = ("first_name", "last_name", "phone")
PLACES = tuple(
    f"{kind}_{part}"
    for kind in ("post", "registered")
    for part in ("country", "index", "region", "city", "street_address")
)
CONTACT_FIELDS = ("middle_name", "legal_name", *PLACES, "state_reg_num", "tin", "okpo_code", "iec")


@dataclass(frozen=True, slots=True)
class Profile:
    """New values of fields, by the names of the models; what is not among them stays as it is."""

    user: Mapping[str, Any]
    contact: Mapping[str, Any]


def contact_of(user: User) -> Contact:
    """What is noted of a user; of one without a note an empty one, which is not stored."""
    return getattr(user, "contact", None) or Contact(user=user)
