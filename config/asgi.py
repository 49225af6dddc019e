"""Where HTTP and websockets enter: `daphne config.asgi:application`."""

import gc
import logging
import os
import sys
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import re_path
from servestatic import ServeStaticASGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

# Models can be imported only after Django is set up.
from config.open_files import Room, count_open_files, raise_limit  # noqa: E402
from config.static import NEVER_CHANGES  # noqa: E402
from events.transports.pacing import PacedResponses  # noqa: E402
from events.transports.routing import http_urlpatterns, websocket_urlpatterns  # noqa: E402
from events.web.metrics import share_metrics  # noqa: E402
from trackers.intake.asgi import IngestApplication  # noqa: E402

pages_and_calls: Any = PacedResponses(
    ServeStaticASGI(
        django_application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        immutable_file_test=NEVER_CHANGES,
    )
)

application = ProtocolTypeRouter(
    {
        "http": IngestApplication(URLRouter([*http_urlpatterns, re_path(r"", pages_and_calls)])),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)

logger = logging.getLogger(__name__)


def guard_open_files() -> None:
    """Lets the process open as many files as it may, says when that is too few, and keeps some for probes."""
    limit = raise_limit()
    if count_open_files() is None:
        return
    room = Room(limit, lambda: count_open_files() or 0)
    if room.left < settings.MAX_CONNECTIONS:
        logger.warning(
            "%s files may be open, enough for %s connections, and MAX_CONNECTIONS is %s: raise the limit (ulimit -n,"
            " LimitNOFILE), or lower the setting",
            limit,
            room.left,
            settings.MAX_CONNECTIONS,
        )
    # Other servers than daphne accept connections in their own ways.
    if "daphne.server" in sys.modules:
        from twisted.internet import reactor

        from config.connections import guard_listeners

        reactor.callWhenRunning(guard_listeners, room)


def tell_metrics() -> None:
    """Has this process tell the others what it counts as soon as its loop runs; other servers say nothing of that."""
    if "daphne.server" in sys.modules:
        from twisted.internet import reactor

        # Who is called when the reactor starts comes before its loop runs.
        reactor.callWhenRunning(reactor.callLater, 0, share_metrics)


guard_open_files()
tell_metrics()

# A batch of reports makes thousands of objects that all live until its end, and no cycles: looking for those after
# every seven hundred, and through all modules each time, took a tenth of the time of taking reports in.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
