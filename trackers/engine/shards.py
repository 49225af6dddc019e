"""Shards: parts of a large account's sources, so that who follows few need not hear of all. Pure."""

from __future__ import annotations

# All processes must agree on both. Each shard is a notice more for a transaction that concerns it, and a group more.
SHARDS = 16
# Sources that were registered together are followed together more often than not, and have ids that are near.
NEIGHBOURS = 1_024

ALL_SHARDS = frozenset(range(SHARDS))


def shard_of(source_id: int) -> int:
    """The shard of a source."""
    return source_id // NEIGHBOURS % SHARDS
