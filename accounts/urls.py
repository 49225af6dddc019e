"""Addresses of pages; those of the calls are where the calls are declared."""

from django.urls import path

from accounts.calls.pages import show_invitation_page, show_restore_page

page_urlpatterns = [
    path("password/restore", show_restore_page, name="restore-password"),
    path("password/invitation", show_invitation_page, name="invitation"),
]
