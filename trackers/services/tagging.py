"""Which tags trackers have: an app to the right of this one keeps them, and says so (api §3.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec


class TagBinding(msgspec.Struct, frozen=True, gc=False):
    """A tag of a tracker, and its place among them, from 1 on."""

    tag_id: int
    ordinal: int


Bindings = Mapping[int, Sequence[TagBinding]]
"""By tracker id, in their order; trackers without tags may lack."""
Reader = Callable[[int, Collection[int] | None], Bindings]
_readers: list[Reader] = []


def read_tags_by(reader: Reader) -> None:
    """Has `reader` asked for the tags of an account's trackers: of those with these ids, or of all."""
    _readers.append(reader)


def tags_of(account_id: int, tracker_ids: Collection[int] | None = None) -> Bindings:
    """The tags of these trackers of an account, or of all of them."""
    return {tracker_id: found for read in _readers for tracker_id, found in read(account_id, tracker_ids).items()}
