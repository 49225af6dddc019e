"""Failures at the edge of the HTTP API: the envelope, the statuses, and bodies that are no calls."""

from __future__ import annotations

import codecs
import json

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.api.call import ApiCall, Fields, api_call
from accounts.models import User
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from tests.api import Api
from tests.strategies import json_values, odd_texts

# code, HTTP status, the vendor's fixed description (api §1.7)
TABLE = [
    (1, 500, "Database error"),
    (3, 400, "Wrong hash"),
    (4, 400, "User or API key not found or session ended"),
    (5, 400, "Wrong request format"),
    (6, 500, "Unexpected error"),
    (7, 400, "Invalid parameters"),
    (9, 412, "Too large request"),
    (11, 403, "Access denied"),
    (13, 403, "Operation not permitted"),
    (14, 503, "Database unavailable"),
    (15, 429, "Too many requests (rate limit exceeded)"),
    (102, 400, "Wrong login or password"),
    (103, 400, "User not activated"),
    (104, 400, "Logins limit exceeded"),
    (105, 400, "Login attempts limit exceeded"),
    (111, 400, "Wrong handler"),
    (112, 400, "Wrong method"),
    (201, 400, "Not found in database"),
    (208, 403, "Device blocked"),
    (217, 400, "List contains nonexistent entities"),
    (219, 403, "Not allowed for clones of the device"),
    (221, 403, "Device limit exceeded"),
    (224, 400, "Device ID already in use"),
    (245, 400, "New password must be different"),
    (248, 400, "Wrong password"),
    (268, 402, "Over quota"),
    (282, 400, "Wrong authentication code"),
]


def raising(error: Exception) -> HttpResponse:
    """The answer of a call that raises `error`."""

    def fail(call: ApiCall) -> Fields:
        raise error

    return api_call(fail, "anything")(RequestFactory().get("/anything"))


def post(body: str | bytes, content_type: str = "application/json", path: str = "/user/auth") -> HttpResponse:
    return Client().generic("POST", path, body, content_type=content_type)


def code_of(response: HttpResponse) -> int:
    return response.json()["status"]["code"]


@pytest.mark.api(6, 7, 9)
@pytest.mark.parametrize(("code", "status", "description"), TABLE)
def test_each_code_has_its_status_and_description(code: int, status: int, description: str) -> None:
    response = raising(ApiError(ErrorCode(code)))
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.content.decode() == (
        f'{{"success": false, "status": {{"code": {code}, "description": "{description}"}}}}'
    )


def test_the_table_knows_every_code() -> None:
    assert {row[0] for row in TABLE} >= {1, 3, 4, 5, 6, 7, 9, 11, 13, 14}
    assert all(code.http_status != 200 for code in ErrorCode)


@pytest.mark.api(7)
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("gone"), 14),
        (DatabaseError("broken"), 1),
        (KeyError("bug"), 6),
        (RecursionError(), 6),
    ],
)
def test_unforeseen_failures_do_not_reveal_their_text(error: Exception, code: int) -> None:
    response = raising(error)
    assert (response.status_code, response.content.count(b"bug")) == (ErrorCode(code).http_status, 0)
    assert f'"code": {code},'.encode() in response.content


@pytest.mark.parametrize("error", [OperationalError("gone\n\tIs the server running?"), InterfaceError("closed")])
def test_a_database_outage_is_one_line_for_each_call(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert [raising(error).status_code for _ in range(2)] == [503, 503]
    lines = [(record.getMessage(), record.exc_info) for record in caplog.records]
    assert lines == [(f"database unavailable in /anything: {str(error).splitlines()[0]}", None)] * 2


@pytest.mark.api(8)
def test_only_invalid_parameters_list_errors() -> None:
    assert b'"errors": [{"parameter": "trackers", "error": "must not be empty"}]' in (
        raising(invalid_parameter("trackers", "must not be empty")).content
    )
    assert b"errors" not in raising(ApiError(ErrorCode.NOT_FOUND)).content


@pytest.mark.api(8)
@pytest.mark.django_db
def test_a_missing_parameter_is_named() -> None:
    answer = Api()("user/auth", login="alice@fleet.example")
    assert answer["status"]["code"] == 7
    assert answer["errors"] == [{"parameter": "password", "error": "must not be null"}]


@pytest.mark.api(6, 9)
@pytest.mark.parametrize("path", ["/user/auth", "/nowhere/list", "/user/fly", "/base/nothing"])
@pytest.mark.django_db
def test_errors_are_json_in_utf_8(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.json()["success"] is False


@pytest.mark.api(9)
def test_success_is_json_in_utf_8(api: Api) -> None:
    response = Client().get("/user/get_info", {"hash": api.hash})
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "nonsense",
        "[]",
        "[1, 2]",
        '"text"',
        "5",
        "null",
        "true",
        '{"login": NaN}',
        '{"login": Infinity}',
        '{"login": -Infinity}',
        '{"login": "a",}',
        '{"login": "\n"}',
        b'{"login": "\xff"}',
        b"\xef\xbb\xbf{",
        b"\x80\x81\x82",
        "[" * 100_000,
        '{"login":' * 50_000,
        '{"login": %s}' % ("9" * 5000),
    ],
)
@pytest.mark.django_db
def test_a_non_object_body_is_code_5(body: str | bytes) -> None:
    response = post(body)
    assert (response.status_code, code_of(response)) == (400, 5)


@pytest.mark.parametrize("body", ["", "  ", "\r\n", "{}"])
@pytest.mark.django_db
def test_an_empty_body_is_no_parameters(body: str) -> None:
    assert code_of(post(body)) == 7


@pytest.mark.api(7)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
@pytest.mark.django_db
def test_a_body_over_the_limit_is_code_9(content_type: str) -> None:
    response = post("a=" + "x" * (1024 * 1024 + 1), content_type)
    assert (response.status_code, code_of(response)) == (412, 9)


@pytest.mark.api(7)
@pytest.mark.django_db
def test_too_many_fields_are_code_9() -> None:
    fields = "&".join(f"f{number}=1" for number in range(1001))
    responses = [post(fields, "application/x-www-form-urlencoded"), Client().get(f"/user/auth?{fields}")]
    assert [(response.status_code, code_of(response)) for response in responses] == [(412, 9)] * 2


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\xe9"]
)
@pytest.mark.django_db
def test_a_multipart_body_without_parts_is_code_5(content_type: str) -> None:
    assert code_of(post("login=x", content_type)) == 5


@pytest.mark.parametrize("charset", ["utf8", "UTF-8", "latin-1", "utf-16", "nonsense", ""])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_whatever_charset_is_stated_text_is_utf_8(alice: User, kind: str, charset: str) -> None:
    body = '{"password": "é"}' if kind != "application/x-www-form-urlencoded" else "password=%C3%A9"
    response = post(body, f"{kind}; charset={charset}", f"/user/auth?login={alice.login}&title=%C3%A9")
    assert code_of(response) == 102


@pytest.mark.django_db
def test_json_with_a_byte_order_mark_is_read() -> None:
    assert code_of(post(codecs.BOM_UTF8 + b'{"login": "x"}')) == 7


CALLS = {
    "user/auth": ["login", "password", "dealer_id"],
    "user/auth/code/verify": ["hash", "code"],
    "user/password/change": ["hash", "password"],
    "user/get_info": ["iso_datetime"],
    "user/password/set": ["old_password", "new_password"],
    "user/settings/update": ["time_zone", "locale", "measurement_system", "date_format", "hour_mode"],
    "api/key/create": ["title"],
    "api/key/delete": ["key"],
    "timezone/list": ["locale"],
    "dealer/get_ui_config": ["hash", "domain"],
    "base/nothing": ["hash", "iso_datetime"],
    "tracker/list": ["labels"],
    "tracker/read": ["tracker_id"],
    "tracker/get_state": ["tracker_id", "iso_datetime"],
    "tracker/get_states": ["trackers", "list_blocked", "allow_not_exist"],
    "user/fly": ["hash"],
}
odd_settings = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_documented(response: HttpResponse) -> None:
    answer = response.json()
    assert answer["success"] or ErrorCode(answer["status"]["code"]).http_status == response.status_code < 500


@odd_settings
@given(data=st.data())
@pytest.mark.parametrize("action", CALLS)
def test_no_parameter_leads_to_an_unexpected_error(api: Api, action: str, data: st.DataObject) -> None:
    odd = st.fixed_dictionaries({}, optional={name: odd_texts | json_values() for name in CALLS[action]})
    body = json.dumps({"hash": api.hash, **data.draw(odd)})
    assert_documented(post(body, path=f"/{action}"))


@odd_settings
@given(body=json_values().map(json.dumps) | st.text(st.characters(codec="utf-8")) | st.binary())
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
@pytest.mark.django_db
def test_no_body_leads_to_an_unexpected_error(content_type: str, body: str | bytes) -> None:
    assert_documented(post(body, content_type))
