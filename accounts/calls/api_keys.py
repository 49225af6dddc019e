"""The calls about API keys, which the vendor's pages name in two ways (api §2.6, §7.26). They are for masters."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import session_call
from accounts.models import ApiKey
from accounts.services import api_keys
from accounts.wire import schema
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.schema import list_of, record
from accounts.wire.terms import DATE, HASH, printable, text

_BESIDE_HASH: schema.Fields = {"title": text(), "create_date": DATE}
API_KEY = record("ApiKey", hash=HASH, **_BESIDE_HASH)
HIDDEN_API_KEY = record("HiddenApiKey", hash=text(pattern=r"^[0-9a-f]{4}\*{28}$"), **_BESIDE_HASH)
KeyHash = Annotated[str, printable(32), "the key's hash, or what the list shows of it"]


@session_call("api/key/create", of_masters=True, gives={"value": API_KEY}, codes=(268,), also="user/api_key/create")
def create_api_key(call: UserCall, title: Annotated[str, "for you to know it by"]) -> Fields:
    """A new API key; its hash is shown only here."""
    key, credential = api_keys.create_api_key(call.user(), title)
    return {"value": {**_render(call, key), "hash": credential}}


@session_call("api/key/list", of_masters=True, gives={"list": list_of(HIDDEN_API_KEY)}, also="user/api_key/list")
def list_api_keys(call: UserCall) -> Fields:
    """The caller's API keys, of each hash the first four characters."""
    return {"list": [_render(call, key) for key in call.user().api_keys.order_by("pk")]}


@session_call("api/key/delete", of_masters=True, codes=(201,))
def delete_api_key(call: UserCall, key: KeyHash) -> None:
    """Ends an API key; one that is listed can be named as it is shown, if no other of the caller's begins so."""
    _delete(call, "key", key)


@session_call("user/api_key/delete", of_masters=True, codes=(201,), alias_of="api/key/delete")
def delete_api_key_by_other_name(call: UserCall, api_key: KeyHash) -> None:
    """Ends an API key."""
    _delete(call, "api_key", api_key)


def _delete(call: UserCall, parameter: str, named: str) -> None:
    """Raises ApiError: NOT_FOUND, or INVALID_PARAMETERS when what is named is shown of several keys."""
    found = list(api_keys.keys_named(call.user(), named))
    if len(found) > 1:
        raise invalid_parameter(parameter, "is shown of several keys: send a whole one")
    # By its id: another key that begins so may have been made meanwhile.
    if not api_keys.end_api_keys(ApiKey.objects.filter(pk__in=[key.pk for key in found])):
        raise ApiError(ErrorCode.NOT_FOUND)


def _render(call: UserCall, key: ApiKey) -> Fields:
    return {
        "hash": api_keys.shown_of(key),
        "title": key.title,
        "create_date": call.date_of(key.created_at),
    }
