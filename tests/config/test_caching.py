"""What lies in the broker for one taker."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from config.caching import BrokerCache
from tests.end_to_end.servers import Broker
from tests.patience import PATIENCE_S

TAKERS = 4
ROUNDS = 100


@pytest.fixture
def broker_cache(tmp_path: Path) -> Iterator[BrokerCache]:
    with Broker(tmp_path) as broker:
        cache = BrokerCache(broker.url, {"OPTIONS": {"serializer": "config.caching.BytesAsTheyAre"}})
        yield cache
        cache.close()


def test_value_is_taken_by_one(broker_cache: BrokerCache) -> None:
    start = Barrier(TAKERS, timeout=PATIENCE_S)

    def take_all() -> list[bytes]:
        taken = []
        for number in range(ROUNDS):
            start.wait()
            if (value := broker_cache.take(f"left:{number}")) is not None:
                taken.append(value)
        return taken

    for number in range(ROUNDS):
        assert broker_cache.add(f"left:{number}", b"%d" % number)
    with ThreadPoolExecutor(TAKERS) as pool:
        futures = [pool.submit(take_all) for _ in range(TAKERS)]
        found = [int(value) for future in futures for value in future.result()]
    assert sorted(found) == list(range(ROUNDS))
    assert broker_cache.take("left:0") is None
