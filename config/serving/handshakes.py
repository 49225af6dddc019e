"""What autobahn does for each websocket that nobody asked for."""

from __future__ import annotations

from autobahn.websocket import protocol


def lay_out_nothing() -> None:
    """Spares the text in which autobahn lays out its settings for each connection, for a line of its log at `debug`."""
    # As read in autobahn 26.10: the text is made whether the line is written or not.
    protocol.pformat = _as_it_is


def _as_it_is(what: object) -> object:
    return what
