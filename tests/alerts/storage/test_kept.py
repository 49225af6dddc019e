"""What a process keeps is of its mark, and has a bound."""

from __future__ import annotations

from alerts.storage.kept import Kept


def test_what_was_read_under_another_mark_is_not_found() -> None:
    kept = Kept[str, list[int]](10)
    kept.keep({"a": (1, [1, 2]), "b": (2, [3])})
    assert kept.find({"a": 1, "b": 3, "c": 1}) == {"a": [1, 2]}


def test_what_was_of_no_use_for_longest_makes_room() -> None:
    kept = Kept[str, list[int]](4)
    kept.keep({"a": (1, [1, 2]), "b": (1, [3])})
    kept.find({"a": 1})
    kept.keep({"c": (1, [4, 5])})
    assert kept.find({"a": 1, "b": 1, "c": 1}) == {"a": [1, 2], "c": [4, 5]}
    assert len(kept) == 4


def test_what_is_kept_anew_counts_once() -> None:
    kept = Kept[str, list[int]](4)
    for mark in range(5):
        kept.keep({"a": (mark, [1, 2, 3])})
    assert len(kept) == 3


def test_more_than_there_is_room_for_is_not_kept() -> None:
    kept = Kept[str, list[int]](2)
    kept.keep({"a": (1, [1, 2, 3])})
    assert kept.find({"a": 1}) == {}
    assert len(kept) == 0
