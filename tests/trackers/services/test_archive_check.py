"""Files of the archive that are missing or damaged are found, and calls go on without them when somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.metrics.registry import REGISTRY
from accounts.models import User
from tests.api import Api
from tests.trackers.hours import at, history_of, sweep, take_in
from tests.trackers.services.test_archive import FAULTS, PERIOD, archive, files_in
from trackers.models import ArchivedDay, PackedDay, Tracker
from trackers.services.history import forget_period


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HISTORY_DAYS, settings.HISTORY_ARCHIVE = 0, str(tmp_path)
    return tmp_path


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    """A van of whose two archived days the first has 16 reports, one each hour, and the second 24."""
    tracker = register(alice)
    for hour in range(40):
        take_in(tracker, hour, now=hour)
    sweep()
    archive()
    return tracker


def run(*options: str) -> None:
    call_command("archive_history", *options)


def hours_of(tracker: Tracker) -> list[float]:
    return [(report.time - at(0)).total_seconds() / 3600 for report in history_of(tracker)]


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(f"fleetsphere_{name}") or 0.0


def test_whole_files_are_passed(van: Tracker, capsys: Any) -> None:
    run("--check")
    run("--forget-lost", "--yes")
    assert capsys.readouterr().out == 2 * "0 reports are read no more, as they are lost\n"
    assert hours_of(van) == list(range(40))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_file_is_named_and_given_up(api: Api, van: Tracker, folder: Path, fault: str, capsys: Any) -> None:
    first, second = files_in(folder)
    FAULTS[fault](first)
    with pytest.raises(CommandError, match="16 reports"):
        run("--check")
    told = capsys.readouterr().out
    assert first.name in told and "16 reports of 1 sources" in told and second.name not in told
    assert api.code("track/read", tracker_id=van.pk, **PERIOD) == 14
    run("--forget-lost", "--yes")
    run("--check")
    assert hours_of(van) == list(range(16, 40))
    for route in ("track/read", "track/list"):
        assert api(route, tracker_id=van.pk, **PERIOD)["limit_exceeded"] is True
    assert archive() == []
    sweep()
    assert metric("archived_reports_lost") == 16


def test_what_comes_late_for_a_lost_day_is_kept(van: Tracker, folder: Path) -> None:
    files_in(folder)[0].unlink()
    run("--forget-lost", "--yes")
    take_in(van, 3.5, now=80)
    for _ in range(2):
        assert hours_of(van) == [3.5, *range(16, 40)]
        sweep()
        assert archive() == []
    assert PackedDay.objects.count() == 1


def test_more_that_came_late_does_not_stand_for_what_is_lost(van: Tracker, folder: Path, capsys: Any) -> None:
    files_in(folder)[0].unlink()
    for minute in range(17):
        take_in(van, 3 + minute / 60 + 1 / 120, now=80)
    sweep()
    run("--forget-lost", "--yes")
    assert "16 reports are read no more" in capsys.readouterr().out


def test_a_file_that_comes_back_is_read_again_but_for_what_was_forgotten(van: Tracker, folder: Path) -> None:
    lost, _ = files_in(folder)
    content = lost.read_bytes()
    lost.unlink()
    run("--forget-lost", "--yes")
    assert forget_period(van.source, at(2), at(4)) == 0
    lost.parent.mkdir(exist_ok=True)
    lost.write_bytes(content)
    run("--forget-lost", "--yes")
    assert hours_of(van) == [0, 1, *range(5, 40)]
    archive()
    run("--check")
    assert (len(files_in(folder)), hours_of(van)) == (2, [0, 1, *range(5, 40)])


def test_a_lost_file_of_which_the_database_has_all_is_written_anew(
    alice: User, register: Callable[..., Tracker], folder: Path
) -> None:
    van = register(alice)
    take_in(van, 1, now=1)
    sweep()
    archive(is_kept=True)
    files_in(folder)[0].unlink()
    run("--forget-lost", "--yes")
    assert (hours_of(van), ArchivedDay.objects.count()) == ([1], 0)
    assert [one.noted for one in archive()] == [1]
    assert (hours_of(van), len(files_in(folder))) == ([1], 1)


@pytest.mark.parametrize("answer", ["no", "", None])
def test_nothing_is_given_up_unless_that_is_agreed(van: Tracker, folder: Path, answer: str | None, monkeypatch) -> None:
    files_in(folder)[0].unlink()
    monkeypatch.setattr("sys.stdin", StringIO("" if answer is None else f"{answer}\n"))
    with pytest.raises(CommandError, match="16 reports"):
        run("--forget-lost")
    assert not ArchivedDay.objects.filter(is_lost=True).exists()


def test_an_archive_that_is_away_has_lost_nothing(van: Tracker, folder: Path, settings: Any) -> None:
    settings.HISTORY_ARCHIVE = str(folder / "not mounted")
    with pytest.raises(CommandError, match="not there"):
        run("--forget-lost", "--yes")
    settings.HISTORY_ARCHIVE = str(folder)
    assert hours_of(van) == list(range(40))


def test_a_day_that_a_call_could_not_read_is_counted(api: Api, van: Tracker, folder: Path) -> None:
    before = metric("archived_days_unread_total")
    files_in(folder)[0].unlink()
    assert api.code("track/read", tracker_id=van.pk, **PERIOD) == 14
    assert metric("archived_days_unread_total") == before + 1
