"""The calls about the session that makes them (api §2.2, §2.3)."""

from __future__ import annotations

from accounts.api.call import UserCall
from accounts.api.declare import session_call
from accounts.calls.login import LIFETIME, Password
from accounts.services import passwords, sessions


@session_call("user/logout")
def log_out(call: UserCall) -> None:
    """Ends the session that makes the call."""
    sessions.log_out(call.caller)


@session_call("user/session/renew", summary=f"Gives the session a full lifetime, {LIFETIME}, from now.")
def renew_session(call: UserCall) -> None:
    sessions.renew_session(call.caller)


@session_call("user/password/set", codes=(105, 245, 248))
def set_password(call: UserCall, old_password: Password, new_password: Password) -> None:
    """Sets a new password in exchange for the old one; the user's other sessions end."""
    passwords.change_password(call.caller, old_password=old_password, new_password=new_password, address=call.address)
