"""What each code of a failure means to whoever gets it, as docs/api.md says it at length."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.api.answers import MAX_STREAMS_PER_ACCOUNT
from accounts.wire.errors import ErrorCode

ADVICE: dict[ErrorCode, str] = {
    ErrorCode.DATABASE_ERROR: "An error on the server; its log says more. Try again later.",
    ErrorCode.WRONG_HASH: "The hash is missing, or it is not 32 hex digits. Send that of `user/auth`, or a key.",
    ErrorCode.SESSION_ENDED: "The hash looks right, but is nobody's, has ended, or is of a kind that this call does not"
    " take. Log in again.",
    ErrorCode.WRONG_FORMAT: "The body is not what its content type says, or is no JSON object. Mend the request.",
    ErrorCode.UNEXPECTED: "An error on the server; its log says more. Tell who runs it.",
    ErrorCode.INVALID_PARAMETERS: "A parameter is missing or wrong; `errors` names it and says why.",
    ErrorCode.TOO_LARGE: f"The body is longer than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes. Ask for less at once.",
    ErrorCode.ACCESS_DENIED: "This login is shut out: its dealer is blocked or, for the panel, it has a second factor.",
    ErrorCode.NOT_PERMITTED: "The login may not do that: it lacks the right that the call names, or is an API key where"
    " only a session will do.",
    ErrorCode.DATABASE_UNAVAILABLE: "The database does not answer. Try again after the seconds in `Retry-After`.",
    ErrorCode.TOO_MANY_REQUESTS: f"More than {settings.MAX_REQUESTS_PER_SECOND} calls in a second by one hash, or"
    " by one address without a hash, or"
    f" {settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS} of any kind from one address, or more long answers at once than"
    f" {MAX_STREAMS_PER_ACCOUNT} of an account; on an event connection more than"
    f" {settings.MAX_COMMANDS_PER_SECOND} commands; or more than {settings.DEVICE_COMMANDS_PER_MINUTE} commands to"
    " devices in a minute by one account. Try again after the seconds in `Retry-After`.",
    ErrorCode.WRONG_LOGIN: "Login or password is wrong; which of them is not said.",
    ErrorCode.NOT_ACTIVATED: "The user is there but may not log in. The account's owner or the staff can change that.",
    ErrorCode.TOO_MANY_SESSIONS: f"The user has {settings.MAX_SESSIONS_PER_USER} sessions, the most there may be. Log"
    " out of some, and keep one hash instead of logging in each time.",
    ErrorCode.TOO_MANY_ATTEMPTS: "Too many logins or codes were wrong. Wait"
    f" {settings.LOGIN_ATTEMPTS_WINDOW_S // 60} minutes.",
    ErrorCode.WRONG_HANDLER: "There is nothing at this address: its first part is wrong. Not about GET or POST.",
    ErrorCode.WRONG_METHOD: "The first part of the address is right, its last part is not. Not about GET or POST, which"
    " both are right everywhere.",
    ErrorCode.NOT_FOUND: "What an id names is not there, or not in this account or not for this login.",
    ErrorCode.TOO_MANY_POINTS: "A polygon may have 500 points, a sausage 1024. Leave out what nobody would miss.",
    ErrorCode.IN_USE: "Others need it; `entities` names them. Nothing was removed.",
    ErrorCode.ENTITY_NOT_FOUND: "The same as 201, in the calls that list it: of readings, counters and trip detection,"
    " and for groups.",
    ErrorCode.LOGIN_IN_USE: "Another user has this login. Choose another.",
    ErrorCode.DEVICE_BLOCKED: "The device is blocked, and so is all that is known of it, until it is unblocked.",
    ErrorCode.EXTERNAL_SERVICE_FAILED: "No way is known, or nobody can be asked for one just now.",
    ErrorCode.GEOCODING_FAILED: "No address is known of the place, or nobody can be asked for one just now.",
    ErrorCode.PERIOD_TOO_LONG: f"From `from` to `to` may be {settings.MAX_TRACK_DAYS} days in `track/…`, 31 in"
    " statistics. Ask for parts of it.",
    ErrorCode.LIMIT_TOO_BIG: "`limit` is more than the call gives at once. Ask for parts of it.",
    ErrorCode.DEVICE_OFFLINE: "An output is switched now or not at all. Try again when the device is connected.",
    ErrorCode.NOT_SUPPORTED: "The device never told what the call is about, and no sensor or counter of it does; or no"
    " command can be carried to it.",
    ErrorCode.NONEXISTENT_ENTITIES: "At least one id in a list is not there, or not for this login. Nothing was done.",
    ErrorCode.NOT_FOR_CLONES: "The tracker is a clone: only the original's account may do that.",
    ErrorCode.UNKNOWN_MODEL: "No such model. `tracker/list_models` has them.",
    ErrorCode.TOO_MANY_TRACKERS: "More trackers than the account or one call may have. Split the list.",
    ErrorCode.PLUGIN_NOT_FOUND: "No such `plugin_id` for this model.",
    ErrorCode.PHONE_IN_USE: "Another device has this phone number.",
    ErrorCode.DEVICE_ID_IN_USE: "Another device has this id.",
    ErrorCode.NOT_READY: "The report is being made. `report/tracker/status` tells how far it is.",
    ErrorCode.NOT_FOR_THIS_TYPE: "A thing of this type has none of what the call is about: a circle has no points.",
    ErrorCode.TYPE_MISMATCH: "The type of a zone never changes. Make another zone.",
    ErrorCode.INPUT_IN_USE: "Another sensor of the device reads this input.",
    ErrorCode.NO_FILE: "Send the file as the part `file` of a `multipart/form-data` body.",
    ErrorCode.WRONG_FILE: "The file is not of a kind that is read here, or is broken.",
    ErrorCode.SAME_PASSWORD: "The new password is the old one.",
    ErrorCode.ENTITY_EXISTS: "It is there already: a tracker on this device, or somebody who drives it.",
    ErrorCode.WRONG_PASSWORD: "The old password is wrong.",
    ErrorCode.FOR_CLONES_ONLY: "The tracker is no clone. `tracker/corrupt` removes it.",
    ErrorCode.ALREADY_CORRUPTED: "The tracker was removed before.",
    ErrorCode.HAS_CLONES: "Other accounts have clones of this tracker, which must go first.",
    ErrorCode.HAS_EXTERNAL_LINKS: "Work on the vehicle is due by this tracker's counters. Remove that first.",
    ErrorCode.WRONG_ENTRIES: "A tracker in the list is not there or not the account's. Nothing was done.",
    ErrorCode.SAME_VALUES: "It is so already. Nothing was done.",
    ErrorCode.TOO_MANY_ENTITIES: "The account has as many of them as it may. Remove some.",
    ErrorCode.OVER_QUOTA: "The account, login or connection has as many of them as it may. Remove some.",
    ErrorCode.TOO_MANY_SENSORS: "The device has as many sensors of this kind as it may.",
    ErrorCode.DIFFERENT_MODELS: "Sensors can be copied only between devices of one model.",
    ErrorCode.USER_BLOCKED: "The user may not log in, so nobody can act as this user.",
    ErrorCode.WRONG_CODE: "The mailed code is wrong or too old. `user/auth/code/resend` mails another.",
    ErrorCode.TOO_FEW_POINTS: "A polygon needs 3 different points, a sausage 2 points.",
}


def code_table() -> list[dict[str, Any]]:
    """Every code, in order, with its description, HTTP status and what to do."""
    return [
        {"code": int(code), "description": code.description, "http_status": code.http_status, "advice": ADVICE[code]}
        for code in ErrorCode
    ]


def failure_example(code: ErrorCode) -> dict[str, Any]:
    """The envelope of a failure."""
    envelope = {"success": False, "status": {"code": int(code), "description": code.description}}
    if code is ErrorCode.INVALID_PARAMETERS:
        return {**envelope, "errors": [{"parameter": "tracker_id", "error": "is missing"}]}
    if code is ErrorCode.IN_USE:
        return {**envelope, "entities": [{"type": "rules", "ids": [41, 57]}]}
    return envelope
