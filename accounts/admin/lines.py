"""Records as lines of a file, in the terms of django-import-export: each goes through the services, or none does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import tablib
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, QuerySet
from import_export.fields import Field
from import_export.formats.base_formats import Format
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import Error, InvalidRow, Result, RowResult

from accounts.wire.errors import ApiError
from accounts.wire.spreadsheets.reading import FileError, Sheet, read_csv, read_xlsx
from accounts.wire.spreadsheets.writing import Value, write_csv, write_xlsx

MAX_EXPORTED = 50_000
Cells = Mapping[str, str]


class Lines(tablib.Dataset):
    """The rows of a file, and the line of each."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(*(tuple(row.cells) for row in sheet.rows), headers=sheet.headers)
        self.lines = [row.line for row in sheet.rows]
        self.encoding = sheet.encoding


class CsvFile(Format):
    def __init__(self, encoding: str | None = None) -> None:
        """The encoding is found out by reading."""

    def get_title(self) -> str:
        return "CSV"

    def create_dataset(self, in_stream: bytes) -> Lines:
        return Lines(read_csv(in_stream))

    def export_data(self, dataset: tablib.Dataset) -> bytes:
        return write_csv([dataset.headers, *dataset])

    def get_extension(self) -> str:
        return "csv"

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"

    def can_import(self) -> bool:
        return True

    def can_export(self) -> bool:
        return True


class XlsxFile(CsvFile):
    def get_title(self) -> str:
        return "XLSX"

    def create_dataset(self, in_stream: bytes) -> Lines:
        return Lines(read_xlsx(in_stream))

    def export_data(self, dataset: tablib.Dataset) -> bytes:
        return write_xlsx(dataset.title, [dataset.headers, *dataset])

    def get_extension(self) -> str:
        return "xlsx"

    def get_content_type(self) -> str:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a line comes to."""

    row: Model | None
    """None: one that is made when all lines are known."""
    before: Cells | None
    """None: it is new."""
    after: Cells

    @property
    def kind(self) -> str:
        if self.before is None:
            return "new"
        return "skip" if self.before == self.after else "update"


@dataclass(frozen=True, slots=True)
class Change:
    """A cell of the preview."""

    before: str | None
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before is not None and self.before != self.after


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a cell, or with its line."""

    line: int
    column: str
    cell: str
    why: str


class LineResource(Resource):
    """A kind of records as lines. What is refused of one line is told with it, and nothing is stored then."""

    columns: ClassVar[Sequence[str]] = ()
    page: ClassVar[str] = ""
    """The name of the page of a workbook."""
    most_rows: ClassVar[int] = 2_000
    """Of a file: each takes milliseconds, in one transaction."""

    class Meta:
        report_skipped = False
        instance_loader_class = BaseInstanceLoader  # `take` finds rows itself

    @classmethod
    def get_display_name(cls) -> str:
        return cls.page

    def hold(self, logins: set[str]) -> None:
        """Keeps others from what belongs to the accounts with these logins, in the order of their ids."""
        raise NotImplementedError

    def take(self, cells: Cells) -> Taken:
        """Stores what a line says, or notes it for `finish`. Raises ApiError with the columns at fault."""
        raise NotImplementedError

    def finish(self) -> Mapping[int, Model]:
        """Stores what was noted; the rows by the number of the line, counted from 0. Raises ApiError."""
        return {}

    def lines_of(self, queryset: QuerySet[Any]) -> Iterable[Sequence[Value]]:
        """Records as lines, in the order of the columns."""
        raise NotImplementedError

    def import_data(self, dataset: Lines, *args: Any, **kwargs: Any) -> Result:
        self._dataset = dataset
        if (refusal := self._refuse(dataset)) is not None:
            result = Result()
            result.append_base_error(Error(refusal))
            return result
        kwargs |= {"use_transactions": True, "rollback_on_validation_errors": True}
        result = super().import_data(dataset, *args, **kwargs)
        result.encoding = dataset.encoding
        result.refusals = [one for row in result.invalid_rows for one in _refusals(dataset, row)]
        return result

    def before_import(self, dataset: Lines, **kwargs: Any) -> None:
        self.hold(set(dataset["account"]) if "account" in dataset.headers else set())

    def import_row(self, row: Cells, instance_loader: Any, **kwargs: Any) -> RowResult:
        result = RowResult()
        try:
            taken = self.take(row)
        except ApiError as error:
            result.import_type = RowResult.IMPORT_TYPE_INVALID
            result.validation_error = _as_validation_error(error)
            return result
        result.import_type, result.instance = taken.kind, taken.row
        before = taken.before
        result.diff = [Change(None if before is None else before[name], taken.after[name]) for name in row]
        result.number = kwargs["row_number"] - 1
        result.line = self._dataset.lines[result.number]
        return result

    def after_import(self, dataset: Lines, result: Result, **kwargs: Any) -> None:
        if result.invalid_rows:
            return
        try:
            made = self.finish()
        except ApiError as error:
            raise FileError("; ".join(f"{column} {why}".strip() for column, why in _told(error))) from error
        for row in result.rows:
            row.instance = made.get(row.number, row.instance)
        if not kwargs["dry_run"]:
            _log(kwargs["user"].pk, result)

    def export(self, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> tablib.Dataset:
        """Raises ValueError, which the page shows, for more than a file should have."""
        queryset = self.get_queryset() if queryset is None else queryset
        if queryset.count() > MAX_EXPORTED:
            raise ValueError(f"There are more than {MAX_EXPORTED} rows: filter the list first.")
        return tablib.Dataset(*self.lines_of(queryset), headers=self.columns, title=self.page)

    def get_user_visible_fields(self) -> list[Field]:
        return [Field(column_name=name) for name in self.columns]

    def get_diff_headers(self) -> list[str]:
        return list(self._dataset.headers)

    def _refuse(self, dataset: Lines) -> FileError | None:
        if len(dataset) > self.most_rows:
            return FileError(f"there are more than {self.most_rows} rows: split the file")
        unknown = [name for name in dataset.headers if name not in self.columns]
        if unknown:
            return FileError(f"no column is called {', '.join(unknown)}: they are {', '.join(self.columns)}")
        return None


def _told(error: ApiError) -> list[tuple[str, str]]:
    """What is wrong, by column where that is known."""
    told = [(one.parameter, one.error.replace("be null", "be empty")) for one in error.errors]
    return told or [("", error.code.description)]


def _as_validation_error(error: ApiError) -> ValidationError:
    told: dict[str, list[str]] = {}
    for column, why in _told(error):
        told.setdefault(column or NON_FIELD_ERRORS, []).append(why)
    return ValidationError(told)


def _refusals(dataset: Lines, row: InvalidRow) -> Iterator[Refusal]:
    cells = dict(zip(dataset.headers, row.values, strict=True))
    for column, reasons in row.error_dict.items():
        name = "" if column == NON_FIELD_ERRORS else column
        yield Refusal(dataset.lines[row.number - 1], name, cells.get(name, ""), "; ".join(reasons))


def _log(user_id: int, result: Result) -> None:
    """Writes down in the admin's history who has made and changed what."""
    kinds = {RowResult.IMPORT_TYPE_NEW: (ADDITION, "Added"), RowResult.IMPORT_TYPE_UPDATE: (CHANGE, "Changed")}
    for kind, (flag, what) in kinds.items():
        rows = [row.instance for row in result.rows if row.import_type == kind]
        if rows:
            message = f"{what} by an import of {len(result.rows)} rows."
            LogEntry.objects.log_actions(user_id, rows, flag, message)
