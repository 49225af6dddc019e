"""The login form of the admin, under the same limits as the API's login."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from accounts.api.call import caller_address
from accounts.services.attempts import begin_attempt, end_attempts
from accounts.wire.errors import ApiError


class AdminLoginForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        login = self.cleaned_data.get("username")
        if not login or self.request is None:
            return super().clean()
        address = caller_address(self.request)
        try:
            begin_attempt(login, address)
        except ApiError as error:
            raise ValidationError("Too many wrong attempts. Try again later.") from error
        cleaned = super().clean()
        end_attempts(login, address)
        return cleaned
