"""An account's own term: what is older is hidden at once, and dropped when nobody who sees the device keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from tests.admin import Admin
from tests.api import Api
from trackers.engine.past import PastReport
from trackers.models import HistoryReport, HistoryTerm, PackedDay, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.history_sweep import HistorySweep
from trackers.services.ingestion import ingest
from trackers.services.retention import remove_term, set_term
from trackers.services.trackers import clone_tracker
from trackers.storage.history import read_history

AGES = (1, 5, 20, 60)


@pytest.fixture(autouse=True)
def kept_for_a_month(settings) -> None:
    settings.HISTORY_DAYS = 30


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def report(tracker: Tracker, days: float) -> None:
    moment = timezone.now() - timedelta(days=days)
    ingest([Report(tracker.source.device_id, moment, fix=Fix(0.5, 0.5, 50))], received_at=timezone.now())


def ages_of(tracker: Tracker) -> list[int]:
    now = timezone.now()
    kept: list[PastReport] = read_history(tracker.source_id, now - timedelta(days=999), now, most=100)
    return sorted((now - one.time).days for one in kept)


def sweep() -> None:
    sweep = HistorySweep()
    while sweep.step(timezone.now()) is not None:
        pass


def keep_for(account: User, days: int) -> HistoryTerm:
    term = HistoryTerm(account=account, days=days)
    set_term(term)
    return term


def seen_by(account: User, tracker: Tracker) -> tuple[int, bool]:
    """How many reports are shown, and whether it is said that there were more."""
    api, now = Api(), timezone.now()
    api.log_in(account.login)
    period = {"from": (now - timedelta(days=85)).isoformat(), "to": now.isoformat()}
    answer = api("track/read", tracker_id=tracker.pk, simplify=False, filter=False, **period)
    return len(answer["list"]), answer["limit_exceeded"]


@pytest.mark.history(64)
def test_what_an_account_keeps_no_longer_is_hidden_and_dropped(alice: User, van: Tracker) -> None:
    for days in AGES:
        report(van, days)
    assert (ages_of(van), seen_by(alice, van)) == ([1, 5, 20], (3, True))
    keep_for(alice, 7)
    assert (ages_of(van), seen_by(alice, van)) == ([1, 5, 20], (2, True))
    sweep()
    assert ages_of(van) == [1, 5]
    assert HistoryReport.objects.count() + PackedDay.objects.count() == 2


def test_a_longer_term_takes_in_what_is_older(alice: User, van: Tracker) -> None:
    term = keep_for(alice, 90)
    for days in AGES:
        report(van, days)
    sweep()
    assert (ages_of(van), seen_by(alice, van)) == ([1, 5, 20, 60], (4, False))
    remove_term(term)
    assert seen_by(alice, van) == (3, True)
    sweep()
    assert ages_of(van) == [1, 5, 20]


def test_a_device_is_kept_for_the_longest_of_its_accounts(alice: User, charlie: User, van: Tracker) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    keep_for(alice, 7)
    keep_for(charlie, 0)
    for days in AGES:
        report(van, days)
    sweep()
    assert (ages_of(van), seen_by(alice, van), seen_by(charlie, clone)) == ([1, 5, 20, 60], (2, True), (4, False))


def test_a_term_of_more_than_a_century_is_none(alice: User) -> None:
    with pytest.raises(ValidationError):
        keep_for(alice, 36_501)


def test_terms_are_set_in_the_admin(staff: Admin, alice: User) -> None:
    staff.change("trackers_historyterm_add", account=alice.pk, days=14)
    assert HistoryTerm.objects.get().days == 14
    assert {status for _, status in staff.open_everything(HistoryTerm)} == {200}
