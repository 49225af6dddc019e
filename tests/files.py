"""Files that the staff imports into a list of the admin, in tests."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from tests.admin import Admin


def csv_of(*lines: str) -> bytes:
    return "\n".join(lines).encode()


class Files:
    """Import and export of one list; pages go by their names, such as `records_vehicle`."""

    def __init__(self, staff: Admin, page: str) -> None:
        self._staff, self._page = staff, page

    def preview(self, data: bytes, name: str = "file.csv") -> HttpResponse:
        number = "1" if name.endswith("xlsx") else "0"
        file = SimpleUploadedFile(name, data)
        return self._staff.send(f"{self._page}_import", import_file=file, format=number, resource="0")

    def confirm(self, preview: HttpResponse) -> HttpResponse:
        fields = preview.context["confirm_form"].initial
        return self._staff.send(f"{self._page}_process_import", **fields)

    def bring(self, *lines: str) -> dict[str, int]:
        """Previews and confirms; how many are new, changed and as they were."""
        preview = self.preview(csv_of(*lines))
        assert "confirm_form" in preview.context, told(preview)
        assert self.confirm(preview).redirect_chain
        totals = preview.context["result"].totals
        return {name: totals[name] for name in ("new", "update", "skip") if totals[name]}

    def refuse(self, *lines: str) -> list[tuple[int, str, str]]:
        """The lines, columns and reasons of what a preview refuses."""
        return told(self.preview(csv_of(*lines)))

    def export(self, number: str = "0", **query: Any) -> bytes:
        response = self._staff.send(f"{self._page}_export", format=number, resource="0")
        assert response.status_code == 200
        return response.content


def told(page: HttpResponse) -> list[tuple[int, str, str]]:
    """What a page says is wrong: with the file, or with its lines."""
    if "result" not in page.context:
        return [(0, "file", " ".join(errors)) for errors in page.context["form"].errors.values()]
    result = page.context["result"]
    assert "confirm_form" not in page.context
    if result.base_errors:
        return [(0, "", str(error.error)) for error in result.base_errors]
    return [(one.line, one.column, one.why) for one in result.refusals]
