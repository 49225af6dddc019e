"""Every cause that ends a login, from its real trigger (api §4.8)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiKey, Session, User
from accounts.services.api_keys import create_api_key
from accounts.services.passwords import restore_password
from accounts.services.sessions import create_session, expire_sessions
from accounts.services.users import remove_user, set_activated
from accounts.wire.hashes import digest_hash
from tests.end_to_end.admin_site import AdminSite
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.panel_calls import calls_of, calls_of_staff
from tests.end_to_end.plain_client import PlainClient, call, log_in
from tests.end_to_end.servers import ROOT, Daphne
from tests.end_to_end.test_states import Register, drive
from tests.people import PASSWORD
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users

NEW_PASSWORD = "quite another password"
LOGOUT = {"type": "event", "event": "logout", "data": "session closed"}


class Scene:
    """Alice and Bob with a client each; Charlie's marker on both tells when all that was to come has come."""

    def __init__(
        self, server: Daphne, mail_room: MailRoom, alice: User, bob: User, charlie: User, marker: Tracker
    ) -> None:
        self.server, self.mail_room, self.marker = server, mail_room, marker
        self.alice, self.bob, self.charlie = alice, bob, charlie
        self.marker_hash = log_in(server, charlie.login)

    def watch(self, client: PlainClient, credential: str, van: Tracker) -> None:
        for owner, tracker in [(credential, van), (self.marker_hash, self.marker)]:
            assert client.subscribe(owner, [tracker.pk])["type"] == "response"
            assert client.message()["event"] == "state"

    def logouts(self, client: PlainClient) -> int:
        """How many logouts came until now; removed trackers may have said so before."""
        drive(self.server, self.marker)
        count = 0
        while (message := client.message())["event"] != "state":
            assert message == LOGOUT or message["data"]["lifecycle_event"] == "corrupt"
            count += message == LOGOUT
        assert message["data"]["source_id"] == self.marker.source_id
        return count


@pytest.fixture
def van(server: Daphne, alice: User, bob: User, register: Register) -> Tracker:
    van = register(alice)
    bind_sub_users(van, [bob])
    return van


@pytest.fixture
def scene(server: Daphne, mail_room: MailRoom, alice: User, bob: User, charlie: User, register: Register) -> Scene:
    return Scene(server, mail_room, alice, bob, charlie, register(charlie))


@pytest.fixture
def client(server: Daphne) -> Iterator[PlainClient]:
    with PlainClient(server) as client:
        yield client


def log_out(scene: Scene, credential: str) -> None:
    assert call(scene.server, "user/logout", hash=credential)["success"]


def let_expire(credential: str) -> None:
    session = Session.objects.filter(digest=digest_hash(credential))
    assert session.update(expires_at=timezone.now() - timedelta(seconds=1))


def expire(scene: Scene, credential: str) -> None:
    let_expire(credential)
    expire_sessions(timezone.now())


def keep_house(scene: Scene, credential: str) -> None:
    let_expire(credential)
    command = [sys.executable, ROOT / "manage.py", "housekeeping", "--once"]
    subprocess.run(command, env=scene.server.environment, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)


def change_password_elsewhere(scene: Scene, credential: str) -> None:
    other = log_in(scene.server, scene.alice.login)
    passwords = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert call(scene.server, "user/password/set", hash=other, **passwords)["success"]


def restore_by_letter(scene: Scene, credential: str) -> None:
    assert call(scene.server, "user/restore_password", login=scene.alice.login)["success"]
    restoring = scene.mail_room.link_to(scene.alice.login).partition("#")[2]
    assert call(scene.server, "user/password/change", hash=restoring, password=NEW_PASSWORD)["success"]


def delete_session_in_admin(scene: Scene, credential: str) -> None:
    User.objects.create_superuser("staff@fleet.example", PASSWORD)
    with AdminSite(scene.server, "staff@fleet.example") as site:
        site.delete("accounts/session", Session.objects.get(digest=digest_hash(credential)).pk)


def block_user_in_admin(scene: Scene, credential: str) -> None:
    User.objects.create_superuser("staff@fleet.example", PASSWORD)
    with AdminSite(scene.server, "staff@fleet.example") as site:
        site.act("accounts/user", "block", scene.alice.pk)


def delete_user_in_admin(scene: Scene, credential: str) -> None:
    User.objects.create_superuser("staff@fleet.example", PASSWORD)
    with AdminSite(scene.server, "staff@fleet.example") as site:
        site.delete("accounts/user", scene.alice.pk)


def block_by_panel(scene: Scene, credential: str) -> None:
    calls_of_staff(scene.server)("panel/user/update", user={"id": scene.alice.pk, "activated": False})


def change_password_by_panel(scene: Scene, credential: str) -> None:
    calls_of_staff(scene.server)("panel/user/change_password", user_id=scene.alice.pk, password=NEW_PASSWORD)


def remove_by_panel(scene: Scene, credential: str) -> None:
    calls_of_staff(scene.server)("panel/user/corrupt", user_id=scene.alice.pk, login=scene.alice.login)


def block_by_master(scene: Scene, credential: str) -> None:
    calls_of(scene.server, scene.alice)("subuser/update", user={"id": scene.bob.pk, "activated": False})


def delete_by_master(scene: Scene, credential: str) -> None:
    calls_of(scene.server, scene.alice)("subuser/delete", subuser_id=scene.bob.pk)


CAUSES_FOR_ALICE: dict[str, Callable[[Scene, str], None]] = {
    "logout": log_out,
    "expiry": expire,
    "expiry found by housekeeping": keep_house,
    "password restored": restore_by_letter,
    "password restored by a service": lambda scene, _: restore_password(scene.alice, NEW_PASSWORD),
    "password changed by another session": change_password_elsewhere,
    "session deleted in the admin": delete_session_in_admin,
    "user blocked": lambda scene, _: set_activated(scene.alice, False),
    "user blocked in the admin": block_user_in_admin,
    "user removed": lambda scene, _: remove_user(scene.alice),
    "user deleted in the admin": delete_user_in_admin,
    "user blocked by the panel": block_by_panel,
    "password changed by the panel": change_password_by_panel,
    "user removed by the panel": remove_by_panel,
}
CAUSES_FOR_BOB: dict[str, Callable[[Scene, str], None]] = {
    "sub-user blocked": lambda scene, _: set_activated(scene.bob, False),
    "sub-user removed": lambda scene, _: remove_user(scene.bob),
    "master blocked": lambda scene, _: set_activated(scene.alice, False),
    "master removed": lambda scene, _: remove_user(scene.alice),
    "sub-user blocked by the master": block_by_master,
    "sub-user deleted by the master": delete_by_master,
    "master blocked by the panel": block_by_panel,
    "master removed by the panel": remove_by_panel,
}


def assert_that_login_ends_once(
    scene: Scene, client: PlainClient, credential: str, van: Tracker, end: Callable[[Scene, str], None]
) -> None:
    scene.watch(client, credential, van)
    end(scene, credential)
    assert scene.logouts(client) == 1
    answer = client.subscribe(credential, [van.pk])
    assert (answer["type"], answer["status"]["code"]) == ("error", 4)
    assert call(scene.server, "base/nothing", hash=credential)["status"]["code"] == 4


@pytest.mark.api(19, 63, 64)
@pytest.mark.parametrize("end", CAUSES_FOR_ALICE.values(), ids=CAUSES_FOR_ALICE.keys())
def test_login_of_a_master_ends_with_one_logout(
    scene: Scene, client: PlainClient, van: Tracker, end: Callable[[Scene, str], None]
) -> None:
    credential = create_session(scene.alice)
    assert_that_login_ends_once(scene, client, credential, van, end)


@pytest.mark.api(63)
@pytest.mark.parametrize("end", CAUSES_FOR_BOB.values(), ids=CAUSES_FOR_BOB.keys())
def test_sub_user_login_ends_with_one_logout(
    scene: Scene, client: PlainClient, van: Tracker, end: Callable[[Scene, str], None]
) -> None:
    credential = create_session(scene.bob)
    assert_that_login_ends_once(scene, client, credential, van, end)


@pytest.mark.api(63)
@pytest.mark.parametrize("cause", ["deleted", "owner blocked", "owner removed"])
def test_api_key_ends_with_one_logout(scene: Scene, client: PlainClient, van: Tracker, cause: str) -> None:
    _, credential = create_api_key(scene.alice, "integration")
    session = create_session(scene.alice)
    ends: dict[str, Callable[[Scene, str], None]] = {
        "deleted": lambda scene, key: call(scene.server, "api/key/delete", hash=session, key=key),
        "owner blocked": lambda scene, key: set_activated(scene.alice, False),
        "owner removed": lambda scene, key: remove_user(scene.alice),
    }
    assert_that_login_ends_once(scene, client, credential, van, ends[cause])
    assert ApiKey.objects.exists() is (cause == "owner blocked")


@pytest.mark.api(19, 20, 63)
@pytest.mark.parametrize("end", [log_out, change_password_elsewhere])
def test_api_key_survives_the_end_of_sessions(
    scene: Scene, client: PlainClient, van: Tracker, end: Callable[[Scene, str], None]
) -> None:
    _, credential = create_api_key(scene.alice, "integration")
    scene.watch(client, credential, van)
    end(scene, create_session(scene.alice))
    assert scene.logouts(client) == 0
    drive(scene.server, van)
    assert client.message()["data"]["source_id"] == van.source_id


@pytest.mark.api(20, 63)
def test_session_that_changes_the_password_stays(scene: Scene, client: PlainClient, van: Tracker) -> None:
    credential = create_session(scene.alice)
    scene.watch(client, credential, van)
    passwords = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert call(scene.server, "user/password/set", hash=credential, **passwords)["success"]
    assert scene.logouts(client) == 0


@pytest.mark.api(63)
def test_blocking_a_sub_user_spares_the_master(scene: Scene, client: PlainClient, van: Tracker) -> None:
    scene.watch(client, create_session(scene.alice), van)
    set_activated(scene.bob, False)
    assert scene.logouts(client) == 0


@pytest.mark.api(63)
def test_socket_survives_logout_for_next_login(scene: Scene, client: PlainClient, van: Tracker) -> None:
    credential = create_session(scene.alice)
    scene.watch(client, credential, van)
    log_out(scene, credential)
    assert scene.logouts(client) == 1
    assert client.subscribe(log_in(scene.server, scene.alice.login), [van.pk])["type"] == "response"
    assert client.message()["data"]["source_id"] == van.source_id


@pytest.mark.api(63)
def test_login_without_state_subscription_hears_logout(scene: Scene, client: PlainClient, van: Tracker) -> None:
    credential = create_session(scene.alice)
    requests = [{"type": "iot_monitor", "target": {"type": "selected", "tracker_ids": [van.pk]}}]
    client.send({"action": "subscribe", "hash": credential, "requests": requests})
    assert client.message()["type"] == "response"
    assert client.message()["event"] == "iot_monitor"
    log_out(scene, credential)
    assert client.message() == LOGOUT
