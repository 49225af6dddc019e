from __future__ import annotations

import pytest

from tests import ports


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ports.free_port()
    monkeypatch.setattr(ports, "_PORTS", [given, *range(31_900, 32_000)])
    assert given not in {ports.free_port() for _ in range(20)}
