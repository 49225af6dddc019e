"""Compressed websockets (RFC 7692), without anything that is kept from one message to the next.

What all clients get is compressed once for all of them: so no message may refer to what an earlier one said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autobahn.websocket.compress import PerMessageDeflate, PerMessageDeflateOffer, PerMessageDeflateOfferAccept
from autobahn.websocket.compress_base import PerMessageCompressOffer


class ForgetfulDeflate(PerMessageDeflate):
    """Lets go of what a message was read and written with. autobahn keeps it: a hundred kilobytes for each client."""

    def end_compress_message(self) -> bytes:
        end: bytes = super().end_compress_message()
        self._compressor = None
        return end

    def end_decompress_message(self) -> None:
        super().end_decompress_message()
        self._decompressor = None


def accept_offer(offers: Sequence[PerMessageCompressOffer]) -> PerMessageDeflateOfferAccept | None:
    """The first of a client's offers by which it reads what is compressed for all; None if there is none."""
    for offer in offers:
        # A window of its own size would want frames of its own.
        if isinstance(offer, PerMessageDeflateOffer) and not offer.request_max_window_bits:
            return PerMessageDeflateOfferAccept(offer, no_context_takeover=True, request_no_context_takeover=True)
    return None


def forget_between_messages(protocol: Any) -> bool:
    """Has nothing kept between the messages of an accepted websocket; whether it is compressed at all."""
    used: PerMessageDeflate | None = protocol._perMessageCompress
    if used is not None:
        # As read in autobahn 26.10: it has made its own by then.
        used.__class__ = ForgetfulDeflate
    return used is not None
