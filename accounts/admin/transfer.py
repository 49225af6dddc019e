"""Import and export of files in the lists of the Django admin: a preview first, and then all of it or nothing."""

from __future__ import annotations

import logging
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from import_export.results import Result, RowResult
from import_export.tmp_storages import BaseStorage

from accounts.admin.lines import CsvFile, XlsxFile
from accounts.wire.spreadsheets.reading import MAX_FILE_BYTES, FileError

logger = logging.getLogger(__name__)

PREVIEW_LIFETIME_S = 3600
SHOWN_ROWS = 100
FORMATS = (CsvFile, XlsxFile)
_SIGNER = TimestampSigner(salt="accounts.admin.transfer")
# What else the form of the preview says.
_REST_OF_FORM = 4096


def pack(data: bytes) -> str:
    """A file as a signed text, which the page of the preview takes along: no server has to keep it."""
    return _SIGNER.sign(urlsafe_b64encode(zlib.compress(data)).decode())


def unpack(text: str) -> bytes:
    """The file of a signed text. Raises BadSignature when it is another's, or too old."""
    return zlib.decompress(urlsafe_b64decode(_SIGNER.unsign(text, max_age=PREVIEW_LIFETIME_S)))


class SignedFile(BaseStorage):
    """Where the file is between preview and confirmation: in its own name."""

    def save(self, data: bytes) -> None:
        self.name = pack(data)

    def read(self) -> bytes:
        return unpack(self.name)

    def remove(self) -> None:
        """There is nothing to remove."""


class FileForm(ImportForm):
    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        most = resources[0].most_rows
        self.fields["import_file"].help_text = f"at most {most} rows; the first line names the columns"

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_FILE_BYTES:
            raise ValidationError(f"is larger than {MAX_FILE_BYTES // 1_000_000} MB: split it")
        if len(pack(file.read())) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE - _REST_OF_FORM:
            raise ValidationError("is too large to be sent again after the preview (MAX_REQUEST_BYTES): split it")
        file.seek(0)
        return file


class ConfirmForm(ConfirmImportForm):
    format = forms.ChoiceField(choices=[(str(one), one) for one in range(len(FORMATS))], widget=forms.HiddenInput)

    def clean_import_file_name(self) -> str:
        packed: str = self.cleaned_data["import_file_name"]
        try:
            unpack(packed)
        except BadSignature as error:
            raise ValidationError("The preview is too old: choose the file again.") from error
        return packed


class TransferAdmin(ImportExportMixin):
    """A mixin of a model's admin whose `resource_classes` names a LineResource.

    Who may look may export, who may add and change may import.
    """

    import_template_name = "admin/accounts/import.html"
    import_form_class = FileForm
    confirm_form_class = ConfirmForm
    export_form_class = ExportForm
    tmp_storage_class = SignedFile
    skip_admin_log = True
    formats = FORMATS

    def has_import_permission(self, request: HttpRequest) -> bool:
        codes = (get_permission_codename(action, self.opts) for action in ("add", "change"))
        return request.user.has_perms([f"{self.opts.app_label}.{code}" for code in codes])

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        if not isinstance(e, FileError):
            raise e
        form.add_error("import_file", str(e))

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"shown_rows": SHOWN_ROWS}

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """The list, or why nothing was imported although the preview was clean: something has changed meanwhile."""
        if result.has_errors() or result.has_validation_errors():
            return self._show_refusal(request, result)
        made, changed, same = (
            result.totals[kind]
            for kind in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP)
        )
        messages.success(request, f"Imported: {made} new, {changed} changed, {same} as they were.")
        name = "admin:{}_{}_changelist".format(*self.get_model_info())
        return HttpResponseRedirect(reverse(name, current_app=self.admin_site.name))

    def _show_refusal(self, request: HttpRequest, result: Result) -> HttpResponse:
        logger.warning("an import of %s was refused after its preview", self.opts.label)
        messages.error(request, "Nothing was imported.")
        context = {
            **self.admin_site.each_context(request),
            **self.get_import_context_data(),
            "title": "Import",
            "opts": self.opts,
            "form": self.get_import_form_class(request)(
                self.get_import_formats(), self.get_import_resource_classes(request)
            ),
            "result": result,
        }
        return TemplateResponse(request, [self.import_template_name], context)
