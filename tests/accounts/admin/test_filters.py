"""Filters of the admin's lists."""

from __future__ import annotations

from accounts.models import User
from records.models import Tag
from tests.admin import Admin


def test_list_is_filtered_by_a_searched_account(staff: Admin, alice: User, charlie: User) -> None:
    Tag.objects.create(account=alice, name="north")
    Tag.objects.create(account=charlie, name="south")
    page = staff.open("records_tag_changelist", query=f"?account__id__exact={alice.pk}&q=north").content.decode()
    assert ("north" in page, "south" in page) == (True, False)
    assert f'<option value="{alice.pk}" selected>' in page
    assert '<input type="hidden" name="q" value="north">' in page
    assert charlie.login not in page  # no list of all accounts
    assert "accounts/account_filter" in page
