"""API keys: credentials that never expire, made and ended by their owners (api §2.6)."""

from __future__ import annotations

import re

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import ApiKey, User
from accounts.selectors import first_of
from accounts.services.credentials import announce_end, new_hash
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause

MAX_API_KEYS = 20
HASH_LENGTH = 32
SHOWN_LENGTH = 4
_SHOWN = re.compile(rf"([0-9a-f]{{{SHOWN_LENGTH}}})\*{{{HASH_LENGTH - SHOWN_LENGTH}}}")


@transaction.atomic
def create_api_key(user: User, title: str) -> tuple[ApiKey, str]:
    """A new key and its credential, which is not kept and cannot be shown again.

    Raises ApiError: OVER_QUOTA when the user has as many keys as allowed, SESSION_ENDED when it was removed meanwhile.
    """
    first_of(User.objects.select_for_update().filter(pk=user.pk), missing=ErrorCode.SESSION_ENDED)
    if user.api_keys.count() >= MAX_API_KEYS:
        raise ApiError(ErrorCode.OVER_QUOTA)
    credential = new_hash()
    shown = credential[:SHOWN_LENGTH]
    key = ApiKey.objects.create(digest=digest_hash(credential), first_characters=shown, user=user, title=title)
    return key, credential


def keys_named(user: User, named: str) -> QuerySet[ApiKey]:
    """The user's keys that are named: one by its credential, or those of which lists show just that."""
    shown = _SHOWN.fullmatch(named)
    return user.api_keys.filter(first_characters=shown[1]) if shown else user.api_keys.filter(digest=digest_hash(named))


def shown_of(key: ApiKey) -> str:
    """What lists show of a key: enough to tell it from the user's others, and no credential."""
    return key.first_characters.ljust(HASH_LENGTH, "*")


@transaction.atomic
def end_api_keys(keys: QuerySet[ApiKey], cause: LogoutCause = LogoutCause.KEY_DELETED) -> int:
    """Ends the keys and tells their clients; the number of them."""
    ended = list(keys.select_related("user"))
    ApiKey.objects.filter(pk__in=[key.pk for key in ended]).delete()
    announce_end(ended, cause)
    return len(ended)
