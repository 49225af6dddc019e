"""The reference at `/docs/` and its console in Chromium, and the examples on it as a newcomer runs them."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import httpx
import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from accounts.services.sessions import close_sessions
from accounts.wire.errors import ErrorCode
from config.reference.components import BY_PLACE
from tests.end_to_end.browser import elsewhere, in_drawn_order, needs_chromium, open_browser, show_page
from tests.end_to_end.plain_client import log_in, report
from tests.end_to_end.servers import Daphne, wait_until
from tests.patience import PATIENCE_S
from tests.people import PASSWORD
from trackers.models import RefusedReport, Tracker
from trackers.services.trackers import bind_sub_users, set_blocked

Register = Callable[..., Tracker]
in_browser = [pytest.mark.browser, needs_chromium]


@contextmanager
def open_reference(server: Daphne, path: str = "/docs/") -> Iterator[Page]:
    """The page; the test fails when its script fails or its policy is broken."""
    with open_browser() as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(f"{server.url}{path}")
        page.wait_for_selector(".entry", state="attached")
        yield page
        assert faults == []


def log_in_to_console(page: Page, user: User) -> None:
    form = page.locator("form[name=credential]")
    form.locator("[name=login]").fill(user.login)
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("button").click()
    page.wait_for_selector("#credential-message:has-text('Logged in')")


def subscribe(page: Page, *types: str, trackers: list[int] | None = None) -> None:
    form = page.locator("form[name=subscription]")
    for box in form.locator("[name=types]").all():
        box.set_checked(box.get_attribute("value") in types)
    if trackers is not None:
        form.locator("[value=selected]").check()
        form.locator("[name=trackers]").fill(", ".join(map(str, trackers)))
    form.get_by_role("button", name="Subscribe", exact=True).click()


def wait_for_reason(page: Page, tracker_id: int, kind: str, text: str) -> None:
    """Returns when the table gives this reason for a tracker's silence."""
    page.wait_for_selector(f"#silence [data-tracker='{tracker_id}'][data-kind={kind}]:has-text('{text}')")


def example(server: Daphne, name: str) -> str:
    """An example as the page shows it."""
    page = httpx.get(f"{server.url}/docs/", timeout=PATIENCE_S).text
    found = re.search(rf'<code id="example-{name}">(.*?)</code>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


class TestConsole:
    pytestmark = in_browser

    def test_newcomer_logs_in_subscribes_and_sees_decoded_frames(
        self, server: Daphne, alice: User, register: Register
    ) -> None:
        van = register(alice)
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=20) == 200
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, "state")
            frame = page.locator(".frame[data-kind=state]")
            frame.locator(f"text={van.label} ({van.pk}): 47.5, 19.04, 37 km/h, moving, active").wait_for()
            frame.locator("summary").click()
            frame.locator("pre.raw").wait_for()
            decoded, raw = (json.loads(text) for text in frame.locator("pre").all_text_contents())
            assert decoded == raw
            assert decoded["data"]["source_id"] == van.source_id
            assert frame.locator(".size").text_content() == f"{len(frame.locator('pre.raw').text_content() or '')} B"
            kinds = [item.get_attribute("data-kind") for item in page.locator(".frame").all()]
            assert (kinds[:2], set(kinds[2:])) == (["state", "response"], {"handshake", "subscribe"})

    def test_console_says_why_each_tracker_is_silent(
        self, server: Daphne, alice: User, bob: User, charlie: User, register: Register
    ) -> None:
        reporting, new, blocked, hidden, foreign = (register(owner) for owner in (*[alice] * 4, charlie))
        for van in (reporting, new, blocked):
            elsewhere(bind_sub_users, van, [bob])
        elsewhere(set_blocked, blocked.source_id, is_blocked=True)
        assert report(server, reporting.source.device_id, int(time.time()) - 61, lat=47.5, lon=19.04) == 200
        with open_reference(server) as page:
            log_in_to_console(page, bob)
            subscribe(page, "state", trackers=[van.pk for van in (reporting, new, blocked, hidden, foreign)])
            wait_for_reason(page, foreign.pk, "unknown", "no such tracker")
            wait_for_reason(page, hidden.pk, "disallowed", "may not see it")
            wait_for_reason(page, blocked.pk, "blocked", "reports are refused")
            wait_for_reason(page, new.pk, "no_report", f"nothing was ever received, as device {new.source.device_id}")
            wait_for_reason(page, reporting.pk, "reported", "Last report 1 min ago")
            assert report(server, reporting.source.device_id, int(time.time()), lat=47.6, lon=19.04) == 200
            wait_for_reason(page, reporting.pk, "reported", "Last report 2 s ago")
            elsewhere(set_blocked, blocked.source_id, is_blocked=False)
            wait_for_reason(page, blocked.pk, "no_report", "nothing was ever received")

    @pytest.mark.parametrize("event_type", ["readings_batch", "iot_monitor"])
    def test_last_report_age_shows_for_every_type(
        self, server: Daphne, alice: User, register: Register, event_type: str
    ) -> None:
        van = register(alice)
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, event_type)
            wait_for_reason(page, van.pk, "no_report", "nothing was ever received")
            device = van.source.device_id
            assert report(server, device, int(time.time()), lat=47.5, lon=19.04, note="hello") == 200
            wait_for_reason(page, van.pk, "reported", "Last report")

    def test_frames_can_be_paused_filtered_and_given_up(self, server: Daphne, alice: User, register: Register) -> None:
        van = register(alice)
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, "state_batch")
            page.wait_for_selector(".frame[data-kind=state_batch]")
            page.click("#frames-pause")
            assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04) == 200
            page.wait_for_selector("#frames-count:has-text('1 waiting')")
            assert page.locator(".frame[data-kind=state_batch]").count() == 1
            page.click("#frames-pause")
            expect(page.locator(".frame[data-kind=state_batch]")).to_have_count(2)
            page.fill("#frames-filter", "47.5")
            assert page.locator(".frame").count() == 1
            page.fill("#frames-filter", "")
            page.select_option("#frames-kind", "response")
            assert page.locator(".frame").count() == 1
            page.get_by_role("button", name="Unsubscribe").click()
            page.wait_for_selector("#silence-rest:visible")
            assert page.locator(".frame").count() == 2

    def test_wrong_password_and_wrong_fields_are_told(self, server: Daphne, alice: User) -> None:
        with open_reference(server) as page:
            page.fill("form[name=credential] [name=hash]", "0" * 32)
            page.click("form[name=credential] button")
            page.wait_for_selector("#credential-message:has-text('User or API key not found or session ended')")
            log_in_to_console(page, alice)
            subscribe(page, "state_batch", trackers=[])
            page.wait_for_selector("#subscription-message:has-text('Name the trackers by their ids')")

    def test_subscribing_without_a_login_says_what_is_missing(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server) as page:
            subscribe(page, "state_batch")
            page.wait_for_selector("#subscription-message[data-failed=true]:has-text('Log in first')")

    def test_refusal_shows_while_frames_are_paused(self, server: Daphne, alice: User, register: Register) -> None:
        register(alice)
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            page.click("#frames-pause")
            page.locator("form[name=subscription] [name=rate]").fill("soon")
            subscribe(page, "state_batch")
            page.wait_for_selector("#subscription-message[data-failed=true]:has-text('rate_limit')")
            assert page.locator(".frame").count() == 0
            page.locator("form[name=subscription] [name=rate]").fill("1s")
            subscribe(page, "state_batch")
            page.wait_for_selector("#subscription-message[data-failed=false]:empty", state="attached")
            page.wait_for_selector("#silence [data-kind=no_report]")

    def test_end_of_the_login_is_told(self, server: Daphne, alice: User, register: Register) -> None:
        van = register(alice)
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, "state")
            wait_for_reason(page, van.pk, "no_report", "nothing was ever received")
            elsewhere(lambda: close_sessions(Session.objects.all()))
            wait_for_reason(page, van.pk, "ended", "Log in and subscribe again")

    def test_refused_reports_are_told_to_whom_they_concern(
        self, server: Daphne, alice: User, register: Register
    ) -> None:
        van = register(alice)
        device_id = van.source.device_id
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            page.wait_for_selector("#refusals-message:has-text('None was refused')")
            now = int(time.time())
            assert report(server, device_id, now, lat=95, lon=19) == 400
            assert report(server, "nobody", now, lat=47.5, lon=19) == 400
            assert report(server, device_id, now, lat=47.5, lon=19, batt=-100) == 200
            elsewhere(wait_until, lambda: RefusedReport.objects.count() == 2, "the refusals")
            subscribe(page, "state")
            wait_for_reason(page, van.pk, "reported", "lat: must be from -90 to 90")
            wait_for_reason(page, van.pk, "reported", "Left out, as it cannot be right: batt")
            page.click("form[name=refusals] button")
            page.wait_for_selector(f"#refusals tr:has-text('{device_id}')")
            assert page.locator("#refusals tbody tr").count() == 1
            page.check("form[name=refusals] [name=all]")
            page.click("form[name=refusals] button")
            page.wait_for_selector("#refusals-message[data-failed=true]:has-text('not permitted')")
            elsewhere(User.objects.filter(pk=alice.pk).update, is_staff=True, is_superuser=True)
            page.click("form[name=refusals] button")
            page.wait_for_selector("#refusals tr:has-text('nobody')")

    def test_label_is_shown_as_text(self, server: Daphne, alice: User, register: Register) -> None:
        label = "<img src=x onerror=alert(1)> & 'van' |"
        van = register(alice)
        elsewhere(Tracker.objects.filter(pk=van.pk).update, label=label)
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, "state")
            page.locator(f"#silence [data-tracker='{van.pk}'] th", has_text=label).wait_for()
            page.locator(".frame[data-kind=state] .words", has_text=label).wait_for()
            assert page.locator("main img").count() == 0

    def test_text_of_a_device_turns_no_frame_around(self, server: Daphne, alice: User, register: Register) -> None:
        van = register(alice)
        sent = "abc\u202e\u200bdef"
        elsewhere(Tracker.objects.filter(pk=van.pk).update, label="one\u202e two")
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, "state")
            assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04, driver=sent) == 200
            frame = ".frame[data-kind=state]:has-text('47.5')"
            page.wait_for_selector(frame)
            assert in_drawn_order(page, f"{frame} .words", "two", "47.5", "19.04") == ["two", "47.5", "19.04"]
            page.locator(f"{frame} summary").click()
            shown = page.locator(f"{frame} pre").first.text_content() or ""
            assert "abc\\u202e\\u200bdef" in shown
            assert json.loads(shown)["data"]["additional"]["driver"]["value"] == sent

    def test_heartbeats_of_both_sides_are_shown(self, serve: Callable[..., Daphne], alice: User) -> None:
        server = serve(ATMOSPHERE_CLIENT_HEARTBEAT_MS="200", ATMOSPHERE_SERVER_HEARTBEAT_S="1")
        with open_reference(server) as page:
            log_in_to_console(page, alice)
            subscribe(page, "state_batch")
            for direction in ("in", "out"):
                page.wait_for_selector(f".frame[data-kind=heartbeat][data-direction={direction}]")


class TestReference:
    pytestmark = in_browser

    def test_all_calls_messages_and_schemas_are_shown(self, server: Daphne, transactional_db: None) -> None:
        openapi = httpx.get(f"{server.url}/docs/openapi.json", timeout=PATIENCE_S).json()
        asyncapi = httpx.get(f"{server.url}/docs/asyncapi.json", timeout=PATIENCE_S).json()
        with open_reference(server) as page:
            shown = {entry.get_attribute("id") for entry in page.locator("details.entry").all()}
        calls = {f"call-{path.strip('/').replace('/', '-')}" for path in openapi["paths"]}
        messages = {f"message-{name}" for name in asyncapi["components"]["messages"]}
        named = {**openapi["components"]["schemas"], **asyncapi["components"]["schemas"]}
        # What has a name for programs only is shown in its place.
        schemas = {f"schema-{name}" for name, schema in named.items() if BY_PLACE not in schema}
        assert shown == calls | messages | schemas

    def test_found_call_shows_parameters_results_and_codes(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server) as page:
            page.fill("#reference-filter", "get_states")
            page.locator(".entry:visible").get_by_text("tracker/get_states").click()
            entry = page.locator("#call-tracker-get_states")
            for text in ("list_blocked", "user_time", "not_exist"):
                entry.get_by_role("rowheader", name=text).first.wait_for()
            entry.get_by_text("Codes:").click()
            entry.get_by_text("208 Device blocked (HTTP 403)").wait_for()
            assert page.locator("details.entry:visible").count() == 1

    def test_every_code_is_listed_and_searchable(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server) as page:
            rows = page.locator("#errors-table tbody tr")
            assert rows.locator("th").all_text_contents() == [str(int(code)) for code in ErrorCode]
            for words in ("112", "wrong method"):
                page.fill("#reference-filter", words)
                assert page.locator("#errors-table tbody tr:visible").get_attribute("id") == "code-112"
                assert page.locator("#reference-nothing").is_hidden()
            page.fill("#reference-filter", "no such thing anywhere")
            page.wait_for_selector("#reference-nothing:visible")
            assert page.locator("#reference [data-text]:visible").count() == 0

    def test_constraints_are_shown_in_words(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server, "/docs/#call-tracker-group-create") as page:
            rows = page.locator("#call-tracker-group-create tr")
            rows.filter(has_text="color").get_by_text("red, green and blue, as 1E96DC; six hex digits").wait_for()
            rows.filter(has_text="title").get_by_text("1 to 60 characters").wait_for()
            page.locator("#call-tracker-group-create pre", has_text='"color": "1E96DC"').wait_for()

    def test_fields_of_a_command_stand_in_its_place(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server, "/docs/#message-subscribe") as page:
            entry = page.locator("#message-subscribe")
            for text in ("The form to use", "The older form", "if left out: 1s", "compact leaves out"):
                entry.get_by_text(text).first.wait_for()

    def test_report_forms_are_described_with_units(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server, "/docs/#call-ingest-osmand") as page:
            rows = page.locator("#call-ingest-osmand tr")
            rows.filter(has_text="coords.speed").get_by_text("m/s; negative: unknown").wait_for()
            rows.filter(has_text="speed").get_by_text("knots: 20 are 37 km/h").wait_for()
            page.locator("#call-ingest-ngp summary").click()
            rows = page.locator("#call-ingest-ngp tr")
            rows.filter(has_text="analog_1 to analog_16").get_by_text("volts").wait_for()
            rows.filter(has_text="hardware_mileage").get_by_text("kilometres").wait_for()

    def test_address_of_a_call_opens_it(self, server: Daphne, transactional_db: None) -> None:
        with open_reference(server, "/docs/#call-user-auth") as page:
            page.locator("#call-user-auth[open]").wait_for()
            page.locator("#call-user-auth").get_by_text("dealer_id").wait_for()

    @pytest.mark.parametrize("width", [390, 1280])
    def test_page_is_no_wider_than_the_window(self, server: Daphne, transactional_db: None, width: int) -> None:
        with open_reference(server) as page:
            page.set_viewport_size({"width": width, "height": 800})
            for entry in page.locator("details.entry > summary").all()[:30]:
                entry.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width


class TestExamples:
    def test_python_example_prints_the_first_state(
        self, server: Daphne, alice: User, register: Register, tmp_path: Path
    ) -> None:
        van = register(alice)
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19.04) == 200
        program = tmp_path / "first_state.py"
        program.write_text(example(server, "python"))
        command = [sys.executable, program, alice.login, PASSWORD]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            lines = [running.stdout.readline() for _ in range(2)]
            running.terminate()
        assert "subscription/subscribe" in lines[0]
        assert lines[1] == f"{van.pk} active {{'lat': 47.5, 'lng': 19.04}}\n"

    @pytest.mark.skipif(not which("curl"), reason="there is no curl")
    def test_commands_by_hand_do_what_they_say(self, server: Daphne, alice: User, register: Register) -> None:
        van = register(alice)
        known = {"LOGIN": alice.login, "PASSWORD": PASSWORD, "DEVICE_ID": van.source.device_id}
        known |= {"HASH": log_in(server, alice.login), "TRACKER_ID": str(van.pk)}
        script = re.sub(
            "DEVICE_ID|TRACKER_ID|LOGIN|PASSWORD|HASH", lambda found: known[found[0]], example(server, "session")
        )
        answers = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=True).stdout
        first, second, third = [json.loads(answer) for answer in answers.replace("}{", "}\n{").splitlines()]
        assert (first["type"], second["list"][0]["id"]) == ("authenticated", van.pk)
        gps = third["state"]["gps"]
        assert (gps["location"], gps["speed"]) == ({"lat": 47.4979, "lng": 19.0402}, 37)

    @pytest.mark.browser
    @needs_chromium
    @pytest.mark.parametrize("name", ["browser", "atmosphere"])
    def test_browser_example_logs_the_first_state(
        self, server: Daphne, alice: User, register: Register, name: str
    ) -> None:
        van = register(alice)
        script = example(server, name).replace("LOGIN", alice.login).replace("PASSWORD", PASSWORD)
        page_text = '<script type="importmap">{"imports": {"atmosphere.js": "/atmosphere.js"}}</script>'
        with open_browser() as browser:
            page = browser.new_page()
            with page.expect_console_message(lambda line: f'"source_id": {van.source_id}' in logged(line)) as heard:
                text = f'{page_text}<script type="module">{script}</script>'
                show_page(page, server.url, text, {"atmosphere.js": "atmosphere.js/dist/index.js"})
            assert heard.value.type == "log"


def logged(line: object) -> str:
    """What a line of the browser's log shows, as JSON."""
    return json.dumps([value.json_value() for value in line.args])
