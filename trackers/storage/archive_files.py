"""Files of the archive: Parquet, each with a day of some sources. Their columns are described in docs/history.md.

A row is that of trackers/storage/stretches.py. A source is in one row group, sorted by time and digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

import pyarrow
from django.conf import settings
from pyarrow import compute, parquet

from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.archive_place import archive, is_there, open_new, reaching, remove, rename
from trackers.storage.stretches import Row

__all__ = ["DayFile", "is_there", "read_file", "read_source", "remove", "rename", "sources_in"]

ROWS_PER_GROUP = 20_000
"""At least, but for the last one: so much is read for one source."""
_FORM = b"1"
_FOOTERS = 16

SCHEMA = pyarrow.schema(
    [
        pyarrow.field("source_id", pyarrow.int32(), nullable=False),
        pyarrow.field("time", pyarrow.timestamp("us", tz="UTC"), nullable=False),
        pyarrow.field("digest", pyarrow.int32(), nullable=False),
        pyarrow.field("latitude_e7", pyarrow.int32()),
        pyarrow.field("longitude_e7", pyarrow.int32()),
        pyarrow.field("speed_tenths_kmh", pyarrow.int16()),
        pyarrow.field("heading_degrees", pyarrow.int16()),
        pyarrow.field("altitude_m", pyarrow.int16()),
        pyarrow.field("satellites", pyarrow.int16()),
        pyarrow.field("precision_m", pyarrow.int16()),
        pyarrow.field("signs", pyarrow.int16(), nullable=False),
        pyarrow.field("said", pyarrow.string(), nullable=False),
    ],
    metadata={"fleetsphere.form": _FORM},
)
_NEAR_EACH_OTHER = ("time", "latitude_e7", "longitude_e7")
_ENCODINGS = {**dict.fromkeys(_NEAR_EACH_OTHER, "DELTA_BINARY_PACKED"), "digest": "PLAIN"}


class DayFile:
    """A file that is being written. Sources are added in the order of their ids."""

    def __init__(self, path: str) -> None:
        self._stream = open_new(path)
        self._path = path
        self._waiting: list[tuple[int, Row]] = []
        self._groups = 0
        self._writer = parquet.ParquetWriter(
            self._stream,
            SCHEMA,
            compression="zstd",
            use_dictionary=[name for name in SCHEMA.names if name not in _ENCODINGS],
            column_encoding=_ENCODINGS,
            write_page_checksum=True,
            sorting_columns=parquet.SortingColumn.from_ordering(
                SCHEMA, [("source_id", "ascending"), ("time", "ascending"), ("digest", "ascending")]
            ),
        )

    def add(self, source_id: int, rows: Sequence[Row]) -> int:
        """Adds the rows of a source, in order; the number of the row group in which they are."""
        if len(self._waiting) >= ROWS_PER_GROUP:
            self._flush()
        self._waiting.extend((source_id, row) for row in rows)
        return self._groups

    def _flush(self) -> None:
        sources, rows = zip(*self._waiting, strict=True)
        columns = [sources, *zip(*rows, strict=True)]
        arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
        with reaching(self._path):
            self._writer.write_table(pyarrow.table(arrays, SCHEMA), row_group_size=len(rows))
        self._waiting, self._groups = [], self._groups + 1

    def close(self) -> int:
        """Writes the end of the file; how many bytes it has."""
        if self._waiting:
            self._flush()
        with reaching(self._path):
            self._writer.close()
            self._stream.close()
            return int(archive().get_file_info(self._path).size)


def read_source(path: str, row_group: int, source_id: int) -> list[Row]:
    """The rows of a source in a row group, in order. Raises ArchiveUnavailable."""
    with reaching(path):
        table = _read_group(path, row_group)
        return _rows(table.filter(compute.equal(table["source_id"], source_id)))


def sources_in(path: str, row_group: int) -> dict[int, tuple[int, int, int]]:
    """The first and the last moment and the number of reports of each source in a row group. All of it is read.

    Raises ArchiveUnavailable.
    """
    with reaching(path):
        table = _read_group(path, row_group).group_by("source_id")
        found = table.aggregate([("time", "min"), ("time", "max"), ("time", "count")])
        first, last = (found[name].cast(pyarrow.int64()).to_pylist() for name in ("time_min", "time_max"))
        extents = zip(first, last, found["time_count"].to_pylist(), strict=True)
        return dict(zip(found["source_id"].to_pylist(), extents, strict=True))


def read_file(path: str) -> Iterator[tuple[int, int, list[Row]]]:
    """The rows of a file by row group and source, as they are on the disk. Raises ArchiveUnavailable."""
    for number in range(_footer(settings.HISTORY_ARCHIVE, path).num_row_groups):
        with reaching(path):
            table = _read_group(path, number)
            sources = zip(table["source_id"].to_pylist(), _rows(table), strict=True)
        for source_id, rows in groupby(sources, key=itemgetter(0)):
            yield number, source_id, [row for _, row in rows]


def _read_group(path: str, row_group: int) -> pyarrow.Table:
    footer = _footer(settings.HISTORY_ARCHIVE, path)
    with (
        archive().open_input_file(path) as stream,
        parquet.ParquetFile(stream, metadata=footer, page_checksum_verification=True) as file,
    ):
        return file.read_row_group(row_group, use_threads=False)


@lru_cache(maxsize=_FOOTERS)
def _footer(place: str, path: str) -> parquet.FileMetaData:
    """A file has its name for good, so what stands at its end is read once."""
    with reaching(path), archive().open_input_file(path) as stream:
        footer = parquet.read_metadata(stream)
    if (footer.metadata or {}).get(b"fleetsphere.form") != _FORM:
        raise ArchiveUnavailable(f"{path} of the archive has a form that this version does not know")
    return footer


def _rows(table: pyarrow.Table) -> list[Row]:
    times, *columns = (table[name] for name in SCHEMA.names if name != "source_id")
    return list(zip(times.cast(pyarrow.int64()).to_pylist(), *(column.to_pylist() for column in columns), strict=True))
