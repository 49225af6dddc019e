"""Housekeeping that is killed while it packs reports loses none of them and doubles none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Housekeeping, wait_until
from trackers.engine.past import PastReport
from trackers.models import HistoryReport, PackedDay, Tracker
from trackers.storage.history import add_history, read_history

VANS = 3
REPORTS = 6_000
"""Of each, so that packing them takes a while."""


@pytest.mark.history(62)
def test_killed_housekeeping_loses_and_doubles_no_report(
    broker: Broker, transactional_db: None, alice: User, register: Callable[..., Tracker], tmp_path: Path
) -> None:
    begin = timezone.now() - timedelta(hours=20)
    times = [begin + timedelta(seconds=10 * number) for number in range(REPORTS)]
    source_ids = [register(alice).source_id for _ in range(VANS)]
    for source_id in source_ids:
        add_history([PastReport(source_id, time, 1, None) for time in times], since=None)
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "HISTORY_DAYS": "0"}
    kills = 0
    while loose := HistoryReport.objects.count():
        with Housekeeping(environment, tmp_path / f"housekeeping-{kills}") as housekeeping:
            wait_until(lambda loose=loose: HistoryReport.objects.count() < loose, "some reports to be packed")
            housekeeping.kill()
        kills += 1
        for source_id in source_ids:
            known = read_history(source_id, begin, timezone.now(), most=2 * REPORTS)
            assert [report.time for report in known] == times
    assert sum(day.reports for day in PackedDay.objects.all()) == VANS * REPORTS
    print(f"killed {kills} times")
