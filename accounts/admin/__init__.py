"""The Django admin of users and of what opens the API to them; each module registers what it shows."""

from accounts.admin import access, users

__all__ = ["access", "users"]
