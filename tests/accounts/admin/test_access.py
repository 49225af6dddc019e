"""Security groups, notes on users and panel sessions in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import models

from accounts.models import Contact, PanelSession, SecurityGroup, User
from accounts.notices import LoginsEnded
from accounts.selectors import principal_for_hash
from accounts.services.panel import create_panel_session
from accounts.services.sessions import create_session
from accounts.services.users import create_security_group
from accounts.wire.hashes import digest_hash
from accounts.wire.rights import Right
from tests.accounts.admin.test_users import user_fields
from tests.admin import Admin
from tests.api import Api
from tests.notices import Hear
from tests.panel import Panel, hire, panel_of


@pytest.mark.parametrize("model", [SecurityGroup, Contact, PanelSession])
def test_every_page_opens(staff: Admin, alice: User, bob: User, model: type[models.Model]) -> None:
    create_security_group(alice.pk, "Managers", [Right.TAG_UPDATE])
    Contact.objects.create(user=bob, post_city="Budapest")
    panel_of(hire("stan@office.example"))
    opened = list(staff.open_everything(model))
    assert len(opened) > 7
    assert [(address, status) for address, status in opened if status != 200] == []


@pytest.mark.parametrize("page", ["securitygroup", "contact"])
def test_forms_for_new_rows_open(staff: Admin, page: str) -> None:
    assert staff.open(f"accounts_{page}_add").status_code == 200


def test_a_group_gives_a_sub_user_rights(staff: Admin, alice: User, bob: User, charlie: User) -> None:
    credential = create_session(bob)
    fields = {"label": "Managers", "rights": ["tracker_update", "tag_update"]}
    staff.change("accounts_securitygroup_add", account=alice.pk, **fields)
    group = SecurityGroup.objects.get()
    staff.change("accounts_user_change", bob.pk, **user_fields(bob, security_group=group.pk))
    assert principal_for_hash(credential).rights == {Right.TRACKER_UPDATE, Right.TAG_UPDATE}
    staff.change("accounts_securitygroup_change", group.pk, label="Drivers", account=charlie.pk)
    assert principal_for_hash(credential).rights == set()
    group.refresh_from_db()
    assert (group.label, group.account) == ("Drivers", alice)


@pytest.mark.parametrize("right", ["admin", "fly"])
def test_groups_refuse_rights_they_cannot_have(staff: Admin, alice: User, right: str) -> None:
    errors = staff.refuse("accounts_securitygroup_add", account=alice.pk, label="Managers", rights=[right])
    assert list(errors) == ["rights"]


def test_no_group_belongs_to_a_sub_user(staff: Admin, bob: User) -> None:
    assert list(staff.refuse("accounts_securitygroup_add", account=bob.pk, label="Managers")) == ["account"]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_groups_are_for_their_accounts_sub_users(staff: Admin, alice: User, bob: User, charlie: User, who: str) -> None:
    user = {"alice": alice, "bob": bob}[who]
    groups = [create_security_group(account.pk, "Managers", []) for account in (alice, charlie)]
    errors = [
        staff.send("accounts_user_change", user.pk, **user_fields(user, security_group=group.pk)) for group in groups
    ]
    refused = [not page.redirect_chain for page in errors]
    assert refused == [who == "alice", True]


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_removed_group_leaves_its_sub_users(staff: Admin, alice: User, bob: User, way: str) -> None:
    group = create_security_group(alice.pk, "Managers", [Right.TAG_UPDATE])
    User.objects.filter(pk=bob.pk).update(security_group=group)
    staff.remove("accounts_securitygroup", way, group)
    bob.refresh_from_db()
    assert bob.security_group is None


def test_a_users_note_is_made_and_changed(staff: Admin, bob: User, charlie: User) -> None:
    fields = {"legal_type": "individual", "post_city": "Budapest"}
    staff.change("accounts_contact_add", user=bob.pk, **fields)
    staff.change("accounts_contact_change", bob.pk, user=charlie.pk, **fields | {"post_city": "Szeged"})
    assert list(Contact.objects.values_list("user", "post_city")) == [(bob.pk, "Szeged")]


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_panel_session_that_is_deleted_opens_nothing(staff: Admin, way: str) -> None:
    stan = hire("stan@office.example")
    panel, other = panel_of(stan), panel_of(stan)
    staff.remove("accounts_panelsession", way, PanelSession.objects.get(digest=digest_hash(panel.hash or "")))
    assert panel.code("panel/account/get_permissions") == 4
    assert other("panel/account/get_permissions")["success"] is True


def test_panel_sessions_are_neither_made_nor_changed(staff: Admin) -> None:
    create_panel_session(hire("stan@office.example"))
    assert staff.open("accounts_panelsession_add").status_code == 403
    session = PanelSession.objects.get()
    assert staff.send("accounts_panelsession_change", session.pk, user=1).status_code == 403


def test_users_are_logged_out_together(staff: Admin, alice: User, bob: User, charlie: User, hear: Hear) -> None:
    stan = hire("stan@office.example")
    hashes = [create_session(user) for user in (alice, bob, charlie)]
    panel_hash = create_panel_session(stan)
    with hear(alice, charlie) as heard:
        staff.act("accounts_user", "end_sessions", alice, bob, stan)
    assert {digest for notice in heard["alice"] for digest in notice.digests} == set(map(digest_hash, hashes[:2]))
    assert heard["charlie"] == []
    assert [Api()("base/nothing", hash=one)["success"] for one in hashes] == [False, False, True]
    assert Panel().code("panel/account/get_permissions", hash=panel_hash) == 4


@pytest.mark.parametrize("action", ["activate", "block", "end_sessions"])
def test_who_may_only_look_at_users_changes_none(staff: Admin, alice: User, charlie: User, action: str) -> None:
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    credential = create_session(alice)
    administrator = User.objects.get(login="root@fleet.example")
    administrator.is_superuser = False
    administrator.save()
    may_look: Any = Permission.objects.get(codename="view_user")
    administrator.user_permissions.set([may_look])
    staff.send("accounts_user_changelist", action=action, _selected_action=[alice.pk, charlie.pk])
    assert Api()("base/nothing", hash=credential)["success"] is True
    assert dict(User.objects.filter(pk__in=[alice.pk, charlie.pk]).values_list("pk", "is_active")) == {
        alice.pk: True,
        charlie.pk: False,
    }


def test_one_who_leaves_the_staff_leaves_the_panel(staff: Admin, alice: User, hear: Hear) -> None:
    stan = hire("stan@office.example")
    panel, session = panel_of(stan), create_session(stan)
    with hear(stan) as heard:
        staff.change("accounts_user_change", stan.pk, **user_fields(stan))
    assert panel.code("panel/account/get_permissions") == 4
    assert Api()("base/nothing", hash=session)["success"] is True
    assert not any(isinstance(notice, LoginsEnded) for notice in heard[""])
