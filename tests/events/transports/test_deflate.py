"""Compressed websockets: which offers are taken, and what is kept between messages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from autobahn.websocket.compress import PerMessageDeflate, PerMessageDeflateOffer

from events.transports._deflate import accept_offer, forget_between_messages


@pytest.mark.parametrize(
    ("offers", "response"),
    [
        ([{}], "permessage-deflate; client_no_context_takeover"),
        ([{"client_max_window_bits": [True]}], "permessage-deflate; client_no_context_takeover"),
        (
            [{"server_no_context_takeover": [True]}],
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        ),
        ([{"server_max_window_bits": ["10"]}, {}], "permessage-deflate; client_no_context_takeover"),
        ([{"server_max_window_bits": ["10"]}], None),
        ([], None),
    ],
)
def test_first_offer_by_which_shared_frames_are_read_is_taken(
    offers: list[dict[str, Any]], response: str | None
) -> None:
    accepted = accept_offer([PerMessageDeflateOffer.parse(offer) for offer in offers])
    assert (accepted and accepted.get_extension_string()) == response


def test_nothing_is_kept_between_messages() -> None:
    used = PerMessageDeflate(True, True, True, 15, 15, 8)
    assert forget_between_messages(SimpleNamespace(_perMessageCompress=used))
    used.start_compress_message()
    written = used.compress_message_data(b"a message") + used.end_compress_message()
    used.start_decompress_message()
    assert used.decompress_message_data(written) == b"a message"
    used.end_decompress_message()
    assert (used._compressor, used._decompressor) == (None, None)


def test_uncompressed_websocket_is_left_as_it_is() -> None:
    assert not forget_between_messages(SimpleNamespace(_perMessageCompress=None))
