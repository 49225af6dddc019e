"""What a process keeps of rows, as of the mark under which they were read, within a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sized
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Sized)


class Kept(Generic[K, V]):
    """Lists by what they are of; those that were of use last, with as many entries in sum as there may be."""

    def __init__(self, most: int) -> None:
        self._most, self._count = most, 0
        self._lists: OrderedDict[K, tuple[int, V]] = OrderedDict()
        # Reports are taken in by several threads.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def find(self, marks: Mapping[K, int]) -> dict[K, V]:
        """Those that are kept under just these marks."""
        found = {}
        with self._lock:
            for key, mark in marks.items():
                kept = self._lists.get(key)
                if kept is not None and kept[0] == mark:
                    found[key] = kept[1]
                    self._lists.move_to_end(key)
        return found

    def keep(self, lists: Mapping[K, tuple[int, V]]) -> None:
        """Keeps lists with the marks under which they were read."""
        with self._lock:
            for key, (mark, value) in lists.items():
                self._drop(key)
                self._lists[key] = mark, value
                self._count += len(value)
            while self._count > self._most:
                self._drop(next(iter(self._lists)))

    def _drop(self, key: K) -> None:
        if (former := self._lists.pop(key, None)) is not None:
            self._count -= len(former[1])
