"""The call about addresses (records §11)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.schema import object_of, optional
from accounts.wire.terms import shaped, text
from records.rendering.documents import SPOT, Spot
from records.services.geocoding import address_of

DETAILS = object_of(
    {name: optional(text()) for name in ("country", "province", "locality", "street", "house", "postcode")}
)
LANGUAGE = shaped("^[A-Za-z]{2}([_-][A-Za-z]{2})?$", "a language as en or en_US", most=5)


@call("geocoder/search_location", gives={"value": text(), "details": optional(DETAILS)}, codes=(210,))
def search_location(
    call: UserCall,
    location: Annotated[Spot, SPOT],
    lang: Annotated[str, LANGUAGE] = "en",
    with_details: Annotated[bool, "with the parts of the address"] = False,
) -> Fields:
    """The address of a place."""
    address = address_of(location.lat, location.lng, lang[:2].lower())
    return {"value": address.value, **({"details": address.details} if with_details else {})}
