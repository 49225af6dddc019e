"""Causes of `logout`: why the clients of a login hear that it ended (api §4.8). Pure."""

from __future__ import annotations

from enum import StrEnum


class LogoutCause(StrEnum):
    """Why a login ends, with the sentence that says so in docs/spec/api.md.

    A new one needs its line there, a publisher that names it, and a test that does.
    """

    sentence: str

    def __new__(cls, value: str, sentence: str) -> LogoutCause:
        cause = str.__new__(cls, value)
        cause._value_ = value
        cause.sentence = sentence
        return cause

    LOGGED_OUT = "logged_out", "the user logs out"
    EXPIRED = "expired", "the session ends, after a month without renewal"
    SESSION_CLOSED = "session_closed", "an administrator ends the session"
    PASSWORD_CHANGED = "password_changed", "a password is changed"
    PASSWORD_RESTORED = "password_restored", "a password is restored"
    USER_BLOCKED = "user_blocked", "the user is blocked, or the user's master"
    USER_REMOVED = "user_removed", "the user is removed, or the user's master"
    KEY_DELETED = "key_deleted", "an API key is deleted"
    SHARE_ENDED = "share_ended", "a share link is deleted, disabled or changed, or who made it may share no longer"
    # These end the subscriptions of one client; its logins go on elsewhere.
    CLIENT_FELL_BEHIND = "client_fell_behind", "hopelessly much waits for the client"
    CLIENT_FAILED = "client_failed", "the client cannot be written to"
    CLIENT_ENDED = "client_ended", "an administrator ends the client"
    CLIENT_LOST = "client_lost", "the server lost what the client had subscribed"
