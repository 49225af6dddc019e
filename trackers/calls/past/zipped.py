"""A file in a zip, as KMZ is one, written while what is in it is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator


class _Drain(io.RawIOBase):
    """Takes what a zip is written of, and gives it away."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def zipped(parts: Iterable[bytes], name: str) -> Iterator[bytes]:
    """A zip with one file of that name, written while its parts are."""
    drain = _Drain()
    with (
        zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        for part in parts:
            file.write(part)
            if taken := drain.take():
                yield taken
    yield drain.take()
