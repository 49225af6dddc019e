"""API keys: made, listed, ended."""

from __future__ import annotations

import pytest

from accounts.models import ApiKey, User
from accounts.notices import LoginsEnded
from accounts.services.api_keys import MAX_API_KEYS, create_api_key
from accounts.services.sessions import create_session
from accounts.wire.hashes import digest_hash, is_hash
from accounts.wire.logout_causes import LogoutCause
from tests.api import Api
from tests.notices import Hear


def test_a_key_works_and_is_shown_once(alice: User, api: Api) -> None:
    key = api("api/key/create", title=" The bridge ")["value"]
    assert is_hash(key["hash"])
    assert set(key) == {"hash", "title", "create_date"}
    assert Api()("user/get_info", hash=key["hash"])["user_info"]["id"] == alice.pk
    (listed,) = api("api/key/list")["list"]
    assert listed == {**key, "title": "The bridge", "hash": key["hash"][:4] + "*" * 28}


@pytest.mark.parametrize("title", [None, "", "  ", "a\x00b", "tail\n", "x" * 256])
def test_a_key_needs_a_printable_title(api: Api, title: str | None) -> None:
    answer = api("api/key/create", title=title)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "title")
    assert not ApiKey.objects.exists()


@pytest.mark.api(22)
def test_the_key_after_the_last_is_over_quota(alice: User, charlie: User, api: Api) -> None:
    create_api_key(charlie, "does not count")
    for number in range(MAX_API_KEYS):
        assert api("api/key/create", title=f"key {number}")["success"] is True
    assert (api.code("api/key/create", title="one more"), api.status) == (268, 402)
    api("api/key/delete", key=create_key_again(alice))
    assert api("api/key/create", title="one more")["success"] is True


def create_key_again(user: User) -> str:
    """A key of the user whose credential is known, in place of one of the present ones."""
    user.api_keys.latest("pk").delete()
    return create_api_key(user, "known")[1]


@pytest.mark.api(22)
@pytest.mark.parametrize("path", ["api/key/create", "api/key/list", "api/key/delete"])
def test_keys_are_for_the_master_only(bob: User, api_key: str, path: str) -> None:
    api = Api()
    assert api.code(path, hash=create_session(bob), title="mine", key=api_key) == 13
    assert api.status == 403
    assert ApiKey.objects.count() == 1


def test_a_deleted_key_logs_out_its_clients(alice: User, api: Api, api_key: str, hear: Hear) -> None:
    with hear(alice) as heard:
        assert api("api/key/delete", key=api_key) == {"success": True}
    assert heard["alice"] == [LoginsEnded((digest_hash(api_key),), LogoutCause.KEY_DELETED)]
    assert Api().code("base/nothing", hash=api_key) == 4
    assert api.code("api/key/delete", key=api_key) == 201


@pytest.mark.parametrize("key", ["0" * 32, "stars", "*" * 32])
def test_a_key_that_nobody_has_is_not_found(api: Api, api_key: str, key: str) -> None:
    assert api.code("api/key/delete", key=key) == 201
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("path", ["api/key", "user/api_key"])
def test_what_is_listed_is_enough_to_delete(alice: User, charlie: User, api: Api, path: str) -> None:
    keys = [create_api_key(alice, f"key {number}")[0] for number in range(2)]
    # That of a stranger's, which begins as the first, makes no difference.
    other, _ = create_api_key(charlie, "hers")
    ApiKey.objects.filter(pk__in=[keys[0].pk, other.pk]).update(first_characters="0abc")
    ApiKey.objects.filter(pk=keys[1].pk).update(first_characters="0abd")
    listed = api(f"{path}/list")["list"][0]["hash"]
    name = "key" if path == "api/key" else "api_key"
    assert api(f"{path}/delete", **{name: listed}) == {"success": True}
    assert set(ApiKey.objects.values_list("pk", flat=True)) == {keys[1].pk, other.pk}
    assert api.code(f"{path}/delete", **{name: listed}) == 201


@pytest.mark.parametrize(("path", "name"), [("api/key/delete", "key"), ("user/api_key/delete", "api_key")])
def test_what_two_keys_show_names_neither(alice: User, api: Api, path: str, name: str) -> None:
    credentials = [create_api_key(alice, f"key {number}")[1] for number in range(2)]
    ApiKey.objects.update(first_characters="abcd")
    answer = api(path, **{name: "abcd" + "*" * 28})
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, name)
    assert ApiKey.objects.count() == 2
    assert api(path, **{name: credentials[0]}) == {"success": True}


def test_what_is_listed_of_a_key_opens_nothing(api: Api, api_key: str) -> None:
    listed = api("api/key/list")["list"][0]["hash"]
    assert [Api().code("base/nothing", hash=text) for text in (listed, listed[:4], listed[:4] + "0" * 28)] == [3, 3, 4]


def test_nobody_deletes_the_key_of_another_account(charlie: User, api_key: str) -> None:
    assert Api().code("api/key/delete", hash=create_session(charlie), key=api_key) == 201
    assert ApiKey.objects.count() == 1


def test_a_session_is_no_key_to_delete(api: Api) -> None:
    assert api.code("api/key/delete", key=api.hash) == 201
    assert api("base/nothing")["success"] is True


@pytest.mark.api(22)
def test_the_vendors_other_addresses_do_the_same(alice: User, bob: User, api: Api) -> None:
    key = api("user/api_key/create", title="bridge")["value"]["hash"]
    assert api("user/api_key/list") == api("api/key/list")
    assert Api().code("user/api_key/delete", hash=create_session(bob), api_key=key) == 13
    assert Api().code("user/api_key/delete", hash=key, api_key=key) == 4
    assert api("user/api_key/delete", api_key=key) == {"success": True}
    assert api.code("user/api_key/delete", api_key=key) == 201
    assert api("user/api_key/delete")["errors"][0]["parameter"] == "api_key"
    assert api("api/key/delete")["errors"][0]["parameter"] == "key"
