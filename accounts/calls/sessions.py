"""The calls about the caller: login, session, settings, API keys (api §2)."""

from __future__ import annotations

from accounts.api.call import ApiCall, Fields
from accounts.models import ApiKey, User
from accounts.selectors import Principal, user_settings
from accounts.services import sessions
from accounts.wire.errors import ApiError, ErrorCode


def log_out(call: ApiCall) -> Fields:
    """`user/logout`: ends the session that makes the call."""
    sessions.log_out(call.session_principal())
    return {}


def renew_session(call: ApiCall) -> Fields:
    """`user/session/renew`: a full lifetime from now."""
    sessions.renew_session(call.session_principal())
    return {}


def set_password(call: ApiCall) -> Fields:
    """`user/password/set`: a new password, in exchange for the old one."""
    sessions.change_password(
        call.session_principal(),
        old_password=call.parameters.text("old_password", max_length=128, trim=False),
        new_password=call.parameters.text("new_password", max_length=128, trim=False),
        address=call.address,
    )
    return {}


def read_settings(call: ApiCall) -> Fields:
    """`user/settings/read`."""
    user = User.objects.get(pk=call.principal().user_id)
    return {"settings": user_settings(user)}


def update_settings(call: ApiCall) -> Fields:
    """`user/settings/update`: replaces all settings; only `time_zone` is required."""
    user = User.objects.get(pk=call.principal().user_id)
    values = {"time_zone": call.parameters.text("time_zone", max_length=64)}
    for name in sessions.SETTINGS:
        if name in call.parameters:
            values[name] = call.parameters.text(name, max_length=64)
    sessions.update_settings(user, values)
    return {}


def nothing(call: ApiCall) -> Fields:
    """`base/nothing`: success for whoever has a credential."""
    call.principal()
    return {}


def create_api_key(call: ApiCall) -> Fields:
    """`api/key/create`: the only answer that ever shows the key."""
    principal, user = _key_owner(call)
    key, credential = sessions.create_api_key(user, call.parameters.text("title"))
    return {"value": {**_api_key(call, principal, key), "hash": credential}}


def list_api_keys(call: ApiCall) -> Fields:
    """`api/key/list`: the keys by their first characters; the rest is not stored."""
    principal, user = _key_owner(call)
    return {"list": [_api_key(call, principal, key) for key in user.api_keys.order_by("pk")]}


def delete_api_key(call: ApiCall) -> Fields:
    """`api/key/delete`: ends the key `key`."""
    return _delete_api_key(call, "key")


def delete_api_key_by_other_name(call: ApiCall) -> Fields:
    """`user/api_key/delete`: ends the key `api_key`; another page of the vendor's has it so (api §7.26)."""
    return _delete_api_key(call, "api_key")


def _delete_api_key(call: ApiCall, parameter: str) -> Fields:
    _, user = _key_owner(call)
    sessions.delete_api_key(user, call.parameters.text(parameter, max_length=32))
    return {}


def _key_owner(call: ApiCall) -> tuple[Principal, User]:
    principal = call.session_principal()
    if not principal.is_master:
        raise ApiError(ErrorCode.NOT_PERMITTED)
    return principal, User.objects.get(pk=principal.user_id)


def _api_key(call: ApiCall, principal: Principal, key: ApiKey) -> Fields:
    return {
        "hash": key.first_characters.ljust(32, "*"),
        "title": key.title,
        "create_date": call.date(key.created_at, principal),
    }
