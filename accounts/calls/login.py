"""The calls by which somebody comes in: login, code by mail, restored password (api §2.1, §2.3)."""

from __future__ import annotations

from accounts.api.call import ApiCall, Fields
from accounts.models import SessionKind
from accounts.services import logins

MAX_PASSWORD_LENGTH = 128


def authenticate(call: ApiCall) -> Fields:
    """`user/auth`: the hash of a new session, or of one that a code has to complete."""
    parameters = call.parameters
    login = logins.log_in(
        login=parameters.text("login"),
        password=parameters.text("password", max_length=MAX_PASSWORD_LENGTH, trim=False),
        address=call.address,
        dealer_id=parameters.integer("dealer_id") if "dealer_id" in parameters else None,
    )
    if login.needs_code:
        return {"type": "second_factor_required", "factor_type": "email", "hash": login.credential}
    return {"type": "authenticated", "hash": login.credential}


def verify_code(call: ApiCall) -> Fields:
    """`user/auth/code/verify`: the hash of a new session, in exchange for the mailed code."""
    session = call.special_session(SessionKind.SECOND_FACTOR)
    code = call.parameters.text("code", max_length=32)
    return {"hash": logins.verify_code(session, code, address=call.address)}


def resend_code(call: ApiCall) -> Fields:
    """`user/auth/code/resend`: another code, once in five minutes."""
    logins.resend_code(call.special_session(SessionKind.SECOND_FACTOR))
    return {}


def restore_password(call: ApiCall) -> Fields:
    """`user/restore_password`: mails a link; success whether there is such a login or not."""
    logins.request_restore(login=call.parameters.text("login"), address=call.address)
    return {}


def change_password(call: ApiCall) -> Fields:
    """`user/password/change`: a new password, from who followed the mailed link."""
    session = call.special_session(SessionKind.RESTORE)
    password = call.parameters.text("password", max_length=MAX_PASSWORD_LENGTH, trim=False)
    logins.change_password(session, password, address=call.address)
    return {}
