"""Days that are over for long lie in files, and nobody who reads can tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pyarrow import parquet

from accounts.models import User
from tests.api import Api
from tests.trackers.hours import LATER, at, history_of, sweep, take_in, text
from trackers.models import ArchivedDay, ArchiveFile, HistoryReport, PackedDay, Tracker
from trackers.services.access import move_tracker
from trackers.services.archiving import archive_history
from trackers.services.history import forget_period
from trackers.services.past_trips import Period, said_in
from trackers.services.trackers import corrupt_tracker
from trackers.storage.archive import read_archived
from trackers.storage.archive_files import DayFile, read_file, read_source
from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.archiving import begin_file, note_file, waiting_buckets, write_file
from trackers.storage.history import read_ignition

DAY = timedelta(days=1)
PERIOD = {"from": text(at(-24)), "to": text(at(72))}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HISTORY_DAYS, settings.HISTORY_ARCHIVE = 0, str(tmp_path)
    return tmp_path


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    """A van with two days of reports, one each hour, with all that they can say."""
    tracker = register(alice)
    for hour in range(40):
        take_in(tracker, hour, now=hour + hour % 3)
    sweep()
    return tracker


def archive(**options: Any) -> list[Any]:
    return list(archive_history(LATER, older_than=DAY, **options))


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def reports_in_files(folder: Path) -> int:
    return sum(parquet.read_metadata(path).num_rows for path in files_in(folder))


def test_archived_reports_are_read_as_before(van: Tracker, charlie: User, folder: Path) -> None:
    before = history_of(van)
    assert [one.noted for one in archive()] == [16, 24]
    assert (HistoryReport.objects.count(), PackedDay.objects.count(), len(files_in(folder))) == (0, 0, 2)
    assert history_of(van) == before
    assert history_of(van, 10, 20) == before[10:21]
    assert history_of(van, most=25) == before[:25]
    said = [(report.time, report.ignition) for report in before]
    assert read_ignition(van.source_id, at(-9), at(99), most=1000) == said
    texts = [(report.time, report.said.decode()) for report in before]
    assert list(said_in(van.source_id, Period(at(-9), at(99)))) == texts
    move_tracker(van, charlie)
    assert history_of(van) == before
    assert archive() == []


@pytest.mark.parametrize("is_kept", [False, True])
def test_what_comes_late_is_in_its_place_once(van: Tracker, folder: Path, is_kept: bool) -> None:
    archive(is_kept=is_kept)
    assert archive(is_kept=is_kept) == []
    for hour in (3.5, 3):
        take_in(van, hour, now=80)
    for _ in range(2):
        times = [one.time for one in history_of(van, until=5)]
        assert times == [at(hour) for hour in (0, 1, 2, 3, 3.5, 4, 5)]
        sweep()
    assert [one.reports for one in archive(is_kept=is_kept)] == [17]
    assert (len(history_of(van)), reports_in_files(folder), len(files_in(folder))) == (41, 41, 2)
    assert archive() == [] or is_kept
    assert (PackedDay.objects.count(), len(history_of(van)), reports_in_files(folder)) == (0, 41, 41)


@pytest.mark.history(63)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_period_is_forgotten_of_archived_days(van: Tracker, folder: Path, is_kept: bool) -> None:
    archive(is_kept=is_kept)
    take_in(van, 3.5, now=80)
    assert forget_period(van.source, at(3), at(37)) == 36
    assert forget_period(van.source, at(3), at(37)) == 0
    left = [at(hour) for hour in (0, 1, 2, 38, 39)]
    assert [one.time for one in history_of(van)] == left
    archive(is_kept=is_kept)
    assert ([one.time for one in history_of(van)], reports_in_files(folder)) == (left, 5)
    assert forget_period(van.source, at(0), at(2)) == 3
    archive(is_kept=is_kept)
    assert (len(files_in(folder)), len(history_of(van))) == (1, 2)


@pytest.mark.history(64)
def test_files_go_when_all_in_them_is_too_old(van: Tracker, folder: Path, settings: Any) -> None:
    archive()
    settings.HISTORY_DAYS = 7
    sweep(at(7 * 24 + 15))
    assert len(files_in(folder)) == 2
    sweep(at(7 * 24 + 16))
    assert (len(files_in(folder)), ArchiveFile.objects.count(), len(history_of(van))) == (1, 1, 24)


def test_a_removed_source_takes_its_archived_days_along(
    van: Tracker, alice: User, register: Callable[..., Tracker], folder: Path
) -> None:
    other = register(alice)
    take_in(other, 5, now=5)
    sweep()
    archive()
    corrupt_tracker(van)
    sweep()
    archive()
    assert (ArchivedDay.objects.count(), reports_in_files(folder), len(history_of(other))) == (1, 1, 1)


def test_who_ends_before_a_file_is_noted_begins_anew(van: Tracker, folder: Path) -> None:
    before = history_of(van)
    for bucket in waiting_buckets(10**6, is_kept=False):
        write_file(begin_file(bucket, LATER - 2 * DAY))
    assert (len(files_in(folder)), PackedDay.objects.count()) == (2, 2)
    archive()
    assert (len(files_in(folder)), PackedDay.objects.count()) == (2, 0)
    assert history_of(van) == before


def test_what_changes_while_a_file_is_written_is_not_lost(van: Tracker, folder: Path) -> None:
    bucket, _ = waiting_buckets(10**6, is_kept=False)
    file = begin_file(bucket, LATER)
    written = write_file(file)
    take_in(van, 3.5, now=80)
    sweep()
    assert note_file(file, written, is_kept=False) == 0
    assert len(history_of(van)) == 41
    assert [one.noted for one in archive()] == [17, 24]
    file = begin_file(bucket, LATER)
    written = write_file(file)
    forget_period(van.source, at(0), at(3))
    assert note_file(file, written, is_kept=False) == 0
    archive()
    assert (len(history_of(van)), reports_in_files(folder)) == (37, 37)


def test_who_reads_while_a_file_is_replaced_reads_on(van: Tracker, folder: Path) -> None:
    archive()
    days = read_archived(van.source_id, 0, 10**6, {}, range(11))
    assert len(next(days)[1]) == 16
    take_in(van, 20.5, now=80)
    sweep()
    (replaced,) = archive()
    assert (replaced.noted, len(files_in(folder))) == (25, 2)
    assert len(next(days)[1]) == 25


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[50] ^= 255
    path.write_bytes(content)


FAULTS = {
    "missing": Path.unlink,
    "damaged": damage,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_bytes(b""),
    "of another day": lambda path: path.write_bytes(max(path.parent.parent.rglob("*.parquet")).read_bytes()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_cannot_be_read_is_told(api: Api, van: Tracker, folder: Path, fault: str, caplog: Any) -> None:
    archive()
    FAULTS[fault](files_in(folder)[0])
    for route, options in (("track/read", {}), ("track/list", {"with_points": True}), ("track/delete", {})):
        assert api.code(route, tracker_id=van.pk, **PERIOD, **options) == 14
    assert len([one for one in caplog.records if one.levelname == "WARNING" and "archive" in one.message]) == 3
    assert [one.time for one in history_of(van, 16)] == [at(hour) for hour in range(16, 40)]
    sweep()
    take_in(van, 41, now=80)


def test_without_the_archive_nothing_is_told_silently(api: Api, van: Tracker, settings: Any) -> None:
    archive()
    settings.HISTORY_ARCHIVE = ""
    assert api.code("track/read", tracker_id=van.pk, **PERIOD) == 14


def test_an_archive_that_is_away_takes_nothing(van: Tracker, folder: Path, settings: Any) -> None:
    settings.HISTORY_ARCHIVE = str(folder / "not mounted")
    assert archive() == [None, None]
    assert (PackedDay.objects.count(), len(history_of(van)), files_in(folder)) == (2, 40, [])


def test_the_command_archives_where_all_read(van: Tracker, folder: Path, settings: Any, capsys: Any) -> None:
    call_command("archive_history", "--to", str(folder), "--older-than", "10")
    assert capsys.readouterr().out.startswith("40 reports archived in 2 files")
    with pytest.raises(CommandError, match="--to"):
        call_command("archive_history", "--to", "/elsewhere")
    settings.HISTORY_ARCHIVE = ""
    with pytest.raises(CommandError, match="HISTORY_ARCHIVE"):
        call_command("archive_history", "--to", str(folder))


whole = st.integers(-(2**31), 2**31 - 1)
small = st.none() | st.integers(-(2**15), 2**15 - 1)
rows = st.tuples(
    st.integers(-(2**62), 2**62), whole, st.none() | whole, st.none() | whole, *[small] * 5, whole.map(abs), st.text()
)


@examples(max_examples=30)
@given(days=st.dictionaries(st.integers(1, 2**31 - 1), st.lists(rows, min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_is_written_is_read(days: dict[int, list[tuple]]) -> None:
    days = {source: [(*row[:-2], row[-2] % 2**15, row[-1]) for row in days[source]] for source in sorted(days)}
    with TemporaryDirectory() as name, override_settings(HISTORY_ARCHIVE=name):
        Path(name, "day").mkdir()
        file = DayFile("day/file.parquet")
        groups = {source: file.add(source, rows) for source, rows in days.items()}
        file.close()
        assert {source: read_source("day/file.parquet", group, source) for source, group in groups.items()} == days
        assert {source: rows for _, source, rows in read_file("day/file.parquet")} == days


def test_another_form_is_not_taken_for_this_one(folder: Path) -> None:
    import pyarrow

    parquet.write_table(pyarrow.table({"source_id": [1]}), folder / "file.parquet")
    with pytest.raises(ArchiveUnavailable, match="form"):
        read_source("file.parquet", 0, 1)
