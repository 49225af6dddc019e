"""The edge of the HTTP API: addresses, ways to pass parameters and the credential, the envelope."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.services.sessions import create_session
from tests.api import Api
from tests.people import PASSWORD

PREFIXES = ("/", "/v2/", "/api-v2/", "/api/")
WAYS = ("json", "form", "query", "query of an empty POST", "form and query")


@pytest.fixture
def credential(alice: User) -> str:
    return create_session(alice)


def send(way: str, path: str, **parameters: Any) -> HttpResponse:
    """One call by one of the ways; lists are JSON text everywhere but in a JSON body."""
    client = Client()
    if way == "json":
        return client.post(path, parameters, content_type="application/json")
    fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    if way == "query":
        return client.get(path, fields)
    if way == "query of an empty POST":
        return client.post(f"{path}?{urlencode(fields)}")
    query = {"hash": fields.pop("hash")} if way == "form and query" and "hash" in fields else {}
    body = urlencode(fields)
    return client.post(f"{path}?{urlencode(query)}", body, content_type="application/x-www-form-urlencoded")


@pytest.mark.api(1)
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("way", WAYS)
def test_a_call_answers_at_every_address_without_redirect(credential: str, prefix: str, slash: str, way: str) -> None:
    response = send(way, f"{prefix}base/nothing{slash}", hash=credential)
    assert (response.status_code, response.json()) == (200, {"success": True})


@pytest.mark.api(1, 14)
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("user/fly", 112),
        ("tracker/fly", 112),
        ("api/key/fly", 112),
        ("nowhere/list", 111),
        ("users/auth", 111),
    ],
)
def test_unknown_resources_and_actions_have_own_codes(
    client: Client, prefix: str, slash: str, path: str, code: int
) -> None:
    for response in (client.get(f"{prefix}{path}{slash}"), client.post(f"{prefix}{path}{slash}")):
        assert (response.status_code, response.json()["status"]["code"]) == (400, code)


@pytest.mark.api(14)
@pytest.mark.parametrize(("path", "code"), [("/user/fly", 112), ("/nowhere/list", 111)])
def test_programs_that_post_are_refused_by_code_too(path: str, code: int) -> None:
    response = Client(enforce_csrf_checks=True).post(path, {}, content_type="application/json")
    assert response.json()["status"]["code"] == code


@pytest.mark.api(1)
def test_no_call_asks_for_a_csrf_token(credential: str) -> None:
    response = Client(enforce_csrf_checks=True).post("/base/nothing", {"hash": credential})
    assert response.json() == {"success": True}


@pytest.mark.api(2)
@pytest.mark.parametrize("way", WAYS)
def test_login_takes_its_parameters_in_every_way(alice: User, way: str) -> None:
    response = send(way, "/user/auth", login=alice.login, password=PASSWORD)
    assert response.status_code == 200
    assert response.json()["type"] == "authenticated"


@pytest.mark.api(2)
@pytest.mark.django_db
def test_multipart_form_fields_are_read_like_other_forms(credential: str) -> None:
    assert Client().post("/base/nothing", {"hash": credential}).status_code == 200


@pytest.mark.api(2)
@pytest.mark.django_db
def test_body_goes_before_query() -> None:
    response = Client().post("/user/auth?login=", {"login": "x"}, content_type="application/json")
    assert [error["parameter"] for error in response.json()["errors"]] == ["password"]


@pytest.mark.api(3)
@pytest.mark.parametrize("trackers", [[7], ["7"], "[7]", '["7"]', "[ 7 ]"])
@pytest.mark.parametrize("flag", [True, "true", "True", "TRUE"])
@pytest.mark.parametrize("way", WAYS)
def test_numbers_booleans_and_lists_may_be_text(credential: str, way: str, trackers: Any, flag: Any) -> None:
    response = send(way, "/tracker/get_states", hash=credential, trackers=trackers, allow_not_exist=flag)
    assert response.json()["not_exist"] == [7]


@pytest.mark.api(3)
@pytest.mark.parametrize("password", [123456789012, "123456789012"])
def test_a_password_may_be_a_json_number(alice: User, password: Any) -> None:
    alice.set_password("123456789012")
    alice.save()
    assert Api()("user/auth", login=alice.login, password=password)["success"] is True


@pytest.mark.api(4)
def test_unknown_parameters_are_ignored(alice: User) -> None:
    answer = Api()("user/auth", login=alice.login, password=PASSWORD, locale="en_US", more={"deep": [1]})
    assert answer["success"] is True


@pytest.mark.api(5)
@pytest.mark.parametrize(
    ("body", "query", "header", "code"),
    [
        ("right", "wrong", "wrong", None),
        ("wrong", "right", "right", 4),
        (None, "right", "wrong", None),
        (None, "wrong", "right", 4),
        (None, None, "right", None),
        ("", "right", "wrong", None),
        ("", "", "right", None),
        (None, None, "wrong", 4),
        (None, None, None, 3),
    ],
)
def test_hash_precedence_is_body_query_header(
    credential: str, body: str | None, query: str | None, header: str | None, code: int | None
) -> None:
    hashes = {"right": credential, "wrong": "0" * 32, "": ""}
    fields = {} if body is None else {"hash": hashes[body]}
    address = "/base/nothing" if query is None else f"/base/nothing?hash={hashes[query]}"
    headers = {} if header is None else {"Authorization": f"NVX {hashes[header]}"}
    answer = Client().post(address, fields, content_type="application/json", headers=headers).json()
    assert answer.get("status", {}).get("code") == code


@pytest.mark.api(5)
@pytest.mark.parametrize("template", ["NVX{}", "nvx {}", "Bearer {}", "{}", "NVX", "NVX ", "NVX {} more", "NVX {}0"])
def test_malformed_authorization_is_a_wrong_hash(credential: str, template: str) -> None:
    answer = Client().get("/base/nothing", headers={"Authorization": template.format(credential)})
    assert answer.json()["status"] == {"code": 3, "description": "Wrong hash"}


@pytest.mark.parametrize(
    "value", [None, "", "abc", "g" * 32, "0" * 31, "0" * 33, "０" * 32, 5, 0, True, [], ["0" * 32], {}, "\ud800" * 32]
)
@pytest.mark.django_db
def test_a_malformed_hash_is_code_3(value: Any) -> None:
    assert Api().code("base/nothing", hash=value) == 3


def test_a_hash_is_read_in_either_case(credential: str) -> None:
    assert Api()("base/nothing", hash=credential.upper())["success"] is True
