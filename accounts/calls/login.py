"""The calls by which somebody comes in: login, code by mail, restored password (api §2.1, §2.3)."""

from __future__ import annotations

from typing import Annotated

from django.conf import settings

from accounts.api.call import ApiCall, Fields, SpecialCall
from accounts.api.declare import open_call, special_call
from accounts.models import SessionKind
from accounts.services import logins
from accounts.wire.description import EXAMPLE_HASH, Example
from accounts.wire.schema import optional, said
from accounts.wire.terms import HASH, one_of, printable

MAX_PASSWORD_LENGTH = 128
LIFETIME = f"{settings.SESSION_LIFETIME_DAYS} days"
Password = Annotated[str, printable(MAX_PASSWORD_LENGTH, trim=False)]


@open_call(
    "user/auth",
    gives={
        "type": one_of("authenticated", "second_factor_required"),
        "factor_type": optional(said(one_of("email"), "of a second factor")),
        "hash": said(
            HASH,
            f"of a session, for {LIFETIME} from now or from the last `user/session/renew`; after"
            " `second_factor_required` it opens `user/auth/code/*` only",
        ),
    },
    codes=(11, 102, 103, 104, 105),
    example=Example(
        {"login": "alice@fleet.example", "password": "correct horse battery"},
        {"type": "authenticated", "hash": EXAMPLE_HASH},
    ),
)
def authenticate(
    call: ApiCall,
    login: Annotated[str, "an e-mail address, as a rule"],
    password: Password,
    dealer_id: Annotated[int, "the login succeeds only if the user is this dealer's"] | None = None,
) -> Fields:
    """Logs in: the hash of a new session."""
    made = logins.log_in(login=login, password=password, address=call.address, dealer_id=dealer_id)
    if made.needs_code:
        return {"type": "second_factor_required", "factor_type": "email", "hash": made.credential}
    return {"type": "authenticated", "hash": made.credential}


@special_call("user/auth/code/verify", SessionKind.SECOND_FACTOR, gives={"hash": HASH}, codes=(104, 105, 282))
def verify_code(call: SpecialCall, code: Annotated[str, printable(32), "six digits"]) -> Fields:
    """Completes a login by the code that was mailed; needs the hash that asked for it."""
    return {"hash": logins.verify_code(call.caller, code, address=call.address)}


@special_call("user/auth/code/resend", SessionKind.SECOND_FACTOR)
def resend_code(call: SpecialCall) -> None:
    """Mails another code in place of the one before, once in five minutes."""
    logins.resend_code(call.caller)


@open_call("user/restore_password", codes=(105,))
def restore_password(call: ApiCall, login: str) -> None:
    """Mails a link by which the user sets a new password, if there is such a user."""
    logins.request_restore(login=login, address=call.address)


@special_call("user/password/change", SessionKind.RESTORE)
def change_password(call: SpecialCall, password: Password) -> None:
    """Sets a new password; needs the hash in the mailed link. All sessions of the user end."""
    logins.change_password(call.caller, password, address=call.address)
