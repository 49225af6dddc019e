"""Where the archive is: a folder, or a bucket of an S3 store. Every wait for it has a bound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow
from django.conf import settings
from pyarrow import fs

from accounts.wire.errors import first_line
from trackers.storage.archive_outage import ArchiveUnavailable

CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S, TRIES = 3, 5, 2
"""Of a store: who asks waits no longer than the two tries of a request take."""
OPTIONS_OF_S3 = frozenset(["region", "scheme", "endpoint_override"])


@contextmanager
def reaching(path: str) -> Iterator[None]:
    """Tells what goes wrong with a file of the archive as ArchiveUnavailable."""
    try:
        yield
    except (OSError, pyarrow.ArrowException) as error:
        raise ArchiveUnavailable(f"{path} of the archive: {first_line(error)}") from error


def archive() -> fs.FileSystem:
    """The archive, in which paths are those of its index. Raises ArchiveUnavailable where there is none."""
    if not settings.HISTORY_ARCHIVE:
        raise ArchiveUnavailable("a part of history is archived, and HISTORY_ARCHIVE does not say where")
    with reaching(settings.HISTORY_ARCHIVE.partition("?")[0]):
        return _open(settings.HISTORY_ARCHIVE)


@lru_cache(maxsize=4)
def _open(place: str) -> fs.FileSystem:
    if not place.startswith("s3://"):
        return fs.SubTreeFileSystem(_folder(place), fs.LocalFileSystem())
    parts = urlsplit(place)
    options = dict(parse_qsl(parts.query))
    if unknown := options.keys() - OPTIONS_OF_S3:
        raise OSError(f"HISTORY_ARCHIVE has an option that is not known: {min(unknown)}")
    store = fs.S3FileSystem(
        **options,
        connect_timeout=CONNECT_TIMEOUT_S,
        request_timeout=ANSWER_TIMEOUT_S,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
    )
    return fs.SubTreeFileSystem(f"{parts.netloc}{parts.path}".rstrip("/"), store)


def _folder(place: str) -> str:
    return place.removeprefix("file://").rstrip("/")


def _local_path(path: str) -> Path | None:
    place = settings.HISTORY_ARCHIVE
    return None if place.startswith("s3://") else Path(_folder(place)) / path


def open_new(path: str) -> Any:
    """A stream into a new file; its folder is made, that of the archive is not: a disk may not be mounted."""
    local = _local_path(path)
    with reaching(path):
        if local is not None:
            if not local.parent.parent.is_dir():
                raise FileNotFoundError(f"there is no folder {local.parent.parent}")
            local.parent.mkdir(exist_ok=True)
        return archive().open_output_stream(path)


def is_there(path: str) -> bool:
    """Whether there is a file; raises ArchiveUnavailable where that cannot be known, as the whole archive is away."""
    with reaching(path):
        place, file = archive().get_file_info(["", path])
        if place.type == fs.FileType.NotFound:
            raise FileNotFoundError("the place of the archive is not there")
        return bool(file.type == fs.FileType.File)


def rename(path: str, name: str) -> None:
    """Gives a file, which is whole, its name; after that a loss of power leaves it there."""
    local, renamed = _local_path(path), _local_path(name)
    with reaching(path):
        if local is None or renamed is None:
            archive().move(path, name)
            return
        _sync(local)
        local.rename(renamed)
        _sync(renamed.parent)
        _sync(renamed.parent.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: str) -> None:
    """Removes a file, and its folder if that is empty then; what is not there is removed already."""
    with reaching(path):
        if archive().get_file_info(path).type != fs.FileType.NotFound:
            archive().delete_file(path)
        local = _local_path(path)
        if local is not None and local.parent.is_dir() and not any(local.parent.iterdir()):
            local.parent.rmdir()
