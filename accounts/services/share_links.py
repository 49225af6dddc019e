"""Share links: made, changed and ended by their users, and ended by time (api §2.10, docs/decisions/0084)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ShareLink, User
from accounts.selectors import may_share
from accounts.services.credentials import announce_end, new_hash
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause

SHOWN_LENGTH = 4
HASH_LENGTH = 32
# So long who made a link finds it in the list after its end.
KEPT_AFTER_END = timedelta(days=30)
LINKS_PER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Content:
    """What a link shows, and when."""

    description: str
    begins_at: datetime | None
    expires_at: datetime | None
    """None: so many days from now as the setting has it."""
    trackers: Sequence[dict[str, Any]]
    params: dict[str, Any]


@transaction.atomic
def create_link(user: User, content: Content) -> tuple[ShareLink, str]:
    """A new link and its token, which is not kept and cannot be shown again.

    Raises ApiError OVER_QUOTA when the account has as many links as allowed.
    """
    # One after the other, or some would pass the limit together.
    list(User.objects.select_for_update().filter(pk=user.account_id).values_list("pk"))
    if not has_room(user):
        raise ApiError(ErrorCode.OVER_QUOTA)
    token = new_hash()
    link = ShareLink(digest=digest_hash(token), first_characters=token[:SHOWN_LENGTH], user=user)
    _store(link, content)
    return link, token


@transaction.atomic
def update_link(link: ShareLink, content: Content) -> None:
    """Lets a link show other things; who looks at it begins anew. Raises ApiError NOT_FOUND when it is gone."""
    _store(_hold(link), content)


@transaction.atomic
def set_enabled(link: ShareLink, is_enabled: bool) -> None:
    """Lets a link show what it is for, or nothing. Raises ApiError NOT_FOUND when it is gone."""
    held = _hold(link)
    held.is_enabled = is_enabled
    held.save(update_fields=["is_enabled"])
    announce_end([held], LogoutCause.SHARE_ENDED)


@transaction.atomic
def remove_links(links: QuerySet[ShareLink]) -> int:
    """Ends the links and tells who looks at them; the number of them."""
    ended = list(links.select_related("user"))
    ShareLink.objects.filter(pk__in=[link.pk for link in ended]).delete()
    announce_end(ended, LogoutCause.SHARE_ENDED)
    return len(ended)


def forget_old_links(now: datetime) -> int:
    """Removes links that ended long ago, a lot at a time; the number of them."""
    old = ShareLink.objects.filter(expires_at__lte=now - KEPT_AFTER_END).values_list("pk", flat=True)
    batch = list(old[:LINKS_PER_BATCH])
    return remove_links(ShareLink.objects.filter(pk__in=batch)) if batch else 0


def end_where_not_permitted(users: Iterable[User]) -> None:
    """Tells who looks at links of those of the users who have the right no longer; with it the links work again."""
    without = [user.pk for user in users if not may_share(user)]
    announce_end(ShareLink.objects.select_related("user").filter(user__in=without), LogoutCause.SHARE_ENDED)


def announce_end_of_account(user: User, cause: LogoutCause) -> None:
    """Tells who looks at links of the user, or of a sub-user."""
    links = ShareLink.objects.select_related("user").filter(Q(user=user) | Q(user__master=user))
    announce_end(links, cause)


def has_room(user: User) -> bool:
    """Whether the user's account may have one more link."""
    return links_of_account(user.account_id).count() < settings.MAX_SHARE_LINKS_PER_ACCOUNT


def links_of_account(account_id: int) -> QuerySet[ShareLink]:
    """All links of a master and the sub-users."""
    return ShareLink.objects.filter(Q(user=account_id) | Q(user__master=account_id))


def shown_of(link: ShareLink) -> str:
    """What lists show of a token: enough to tell it from others, and no credential."""
    return link.first_characters.ljust(HASH_LENGTH, "*")


def _hold(link: ShareLink) -> ShareLink:
    held = ShareLink.objects.select_for_update(of=("self",)).select_related("user").filter(pk=link.pk).first()
    if held is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return held


def _store(link: ShareLink, content: Content) -> None:
    lifetime = timedelta(days=settings.SHARE_LINK_DAYS)
    link.description, link.begins_at = content.description, content.begins_at
    link.expires_at = content.expires_at or (content.begins_at or timezone.now()) + lifetime
    link.trackers, link.params = list(content.trackers), content.params
    is_known = link.pk is not None
    link.save()
    if is_known:
        announce_end([link], LogoutCause.SHARE_ENDED)
