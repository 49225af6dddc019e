"""Which files of tracks there are. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from trackers.rendering.files.book import Book
from trackers.rendering.files.csv import write_csv
from trackers.rendering.files.geojson import write_geojson
from trackers.rendering.files.gpx import write_gpx
from trackers.rendering.files.kml import write_kml


class FileFormat(StrEnum):
    """By what name a file is asked for; it is also the end of its name."""

    KML = "kml"
    KMZ = "kmz"
    GPX = "gpx"
    GEOJSON = "geojson"
    CSV = "csv"


MEDIA_TYPES = {
    FileFormat.KML: "application/vnd.google-earth.kml+xml",
    FileFormat.KMZ: "application/vnd.google-earth.kmz",
    FileFormat.GPX: "application/gpx+xml",
    FileFormat.GEOJSON: "application/geo+json",
    FileFormat.CSV: "text/csv; charset=utf-8",
}


def write_file(book: Book, wanted: FileFormat, *, is_split: bool) -> Iterator[str]:
    """The parts of a file, of KMZ those of what is in it; `is_split` is for these two: the others part trips anyway."""
    match wanted:
        case FileFormat.KML | FileFormat.KMZ:
            return write_kml(book, is_split=is_split)
        case FileFormat.GPX:
            return write_gpx(book)
        case FileFormat.GEOJSON:
            return write_geojson(book)
        case FileFormat.CSV:
            return write_csv(book)
