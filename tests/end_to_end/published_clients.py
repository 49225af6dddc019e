"""The Atmosphere clients that npm has, each in a page as an integrator writes it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

from tests.end_to_end.browser import PageClient, show_page

LEGACY_PAGE = """<!doctype html><script src="/atmosphere.js"></script><script>
window.received = [];
window.failures = [];
const request = Object.assign(OPTIONS, {
  onOpen: () => {
    window.isOpen = true;
    if (GREETING) socket.push(GREETING);
  },
  onMessage: response => { window.received.push(response.responseBody); },
  onError: response => { window.failures.push(response.reasonPhrase); }
});
const socket = atmosphere.subscribe(request);
window.push = text => socket.push(text);
window.leave = () => atmosphere.unsubscribe();
</script>"""

TYPESCRIPT_PAGE = """<!doctype html><script type="module">
import { atmosphere } from "/atmosphere.js";
window.received = [];
window.failures = [];
let noteOpen;
const opening = new Promise(resolve => { noteOpen = resolve; });
const socket = await atmosphere.subscribe(OPTIONS, {
  open: () => noteOpen(),
  message: response => { window.received.push(response.responseBody); },
  error: error => { window.failures.push(error.message); }
});
window.push = text => socket.push(text);
window.leave = () => socket.close();
// Only now it knows its id: over HTTP it would push without one before.
await opening;
window.isOpen = true;
if (GREETING) socket.push(GREETING);
</script>"""

CLIENTS = {
    **{
        version: (LEGACY_PAGE, f"atmosphere.js-{version}/lib/atmosphere.js")
        for version in ("2.3.3", "2.3.8", "3.0.0", "3.0.6", "3.1.3", "4.0.1")
    },
    "5.0.25": (TYPESCRIPT_PAGE, "atmosphere.js-5.0.25/dist/index.js"),
    "5.0.45": (TYPESCRIPT_PAGE, "atmosphere.js/dist/index.js"),
}


def start_client(
    page: Page, url: str, version: str, /, *, greeting: dict[str, Any] | None = None, **options: Any
) -> PageClient:
    """An open application at this origin; the greeting is what it pushes as soon as it is open."""
    html, path = CLIENTS[version]
    wanted = {
        "url": f"{url}/event/subscription",
        "contentType": "application/json",
        "enableProtocol": True,
        "reconnect": True,
        **options,
    }
    pushed = "null" if greeting is None else json.dumps(json.dumps(greeting))
    html = html.replace("OPTIONS", json.dumps(wanted)).replace("GREETING", pushed)
    show_page(page, url, html, {"atmosphere.js": path})
    return PageClient(page)
