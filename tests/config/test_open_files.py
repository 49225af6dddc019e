"""Room for connections under a limit of open files."""

from __future__ import annotations

from config.open_files import COUNT_INTERVAL_S, FOR_OURSELVES, FOR_PROBES, Room, count_open_files

KEPT = FOR_OURSELVES + FOR_PROBES


class Files:
    """Files that are open, and how often they were counted."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.counted = 0

    def __call__(self) -> int:
        self.counted += 1
        return self.count


def test_files_of_this_process_are_counted() -> None:
    before = count_open_files()
    with open(__file__):
        assert before is not None
        assert count_open_files() == before + 1


def test_there_is_room_until_only_what_is_kept_back_is_left() -> None:
    files = Files(20)
    room = Room(KEPT + 23, files)
    assert room.left == 3
    for _ in range(3):
        assert room.take(beside=0, now=0)
        files.count += 1
    assert not room.take(beside=0, now=0)


def test_it_is_counted_only_where_there_seems_to_be_no_room_and_not_all_the_time() -> None:
    files = Files(20)
    room = Room(KEPT + 22, files)
    assert [room.take(beside=0, now=0) for _ in range(2)] == [True, True]
    assert files.counted == 1
    files.count = 22
    assert [room.take(beside=0, now=0) for _ in range(9)] == [False] * 9
    assert files.counted == 2
    files.count = 20
    assert room.take(beside=0, now=COUNT_INTERVAL_S)


def test_connections_that_are_kept_for_probes_take_nobodys_room() -> None:
    files = Files(20)
    room = Room(KEPT + 21, files)
    files.count += FOR_PROBES
    assert room.take(beside=FOR_PROBES, now=0)
    files.count += 1
    assert not room.take(beside=FOR_PROBES, now=COUNT_INTERVAL_S)


def test_a_limit_below_what_is_kept_back_leaves_no_room() -> None:
    assert Room(10, Files(5)).left == 0
