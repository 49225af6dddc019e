"""What the staff does to trackers by the panel's calls and in the admin (api §2.9)."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.selectors import first_of
from accounts.services.users import hold_for_removal, remove_user
from accounts.wire.errors import ApiError, ErrorCode
from trackers.models import Tracker
from trackers.services import access, trackers
from trackers.storage.states import lock_source_rows


@transaction.atomic
def clone_for(tracker: Tracker, account_id: int, label: str) -> Tracker:
    """A clone in that account.

    Raises ApiError NOT_FOUND when there is no such account, NOT_FOR_CLONES, ENTITY_EXISTS, ALREADY_CORRUPTED.
    """
    return trackers.clone_tracker(tracker, account=_hold_account(account_id), label=label)


@transaction.atomic
def move_to(tracker: Tracker, account_id: int) -> None:
    """Moves a tracker into that account.

    Raises ApiError NOT_FOUND when there is no such account or tracker, NOT_FOR_CLONES, ENTITY_EXISTS.
    """
    access.move_tracker(tracker, _hold_account(account_id))


@transaction.atomic
def corrupt_account(user: User, *, corrupt_clones: bool) -> None:
    """Removes an account with its sub-users and trackers.

    Raises ApiError HAS_CLONES when one of the trackers has a clone elsewhere that shall stay.
    """
    hold_for_removal(user)
    if not corrupt_clones:
        own = Tracker.objects.filter(account=user, is_clone=False)
        lock_source_rows(list(own.values_list("source_id", flat=True)))
        if Tracker.objects.filter(is_clone=True, source__in=own.values("source_id")).exists():
            raise ApiError(ErrorCode.HAS_CLONES)
    remove_user(user)


def _hold_account(account_id: int) -> User:
    """A master, whom nobody removes until the transaction ends. Raises ApiError NOT_FOUND."""
    account = first_of(User.objects.select_for_update(no_key=True).filter(master=None, pk=account_id))
    return account
