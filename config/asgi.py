"""Where HTTP and websockets enter: `daphne config.asgi:application`."""

import gc
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import re_path
from servestatic import ServeStaticASGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

# Models can be imported only after Django is set up.
from events.transports.routing import http_urlpatterns, websocket_urlpatterns  # noqa: E402
from trackers.intake.asgi import IngestApplication  # noqa: E402

pages_and_calls = ServeStaticASGI(django_application, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)

application = ProtocolTypeRouter(
    {
        "http": IngestApplication(URLRouter([*http_urlpatterns, re_path(r"", pages_and_calls)])),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)

# A batch of reports makes thousands of objects that all live until its end, and no cycles: looking for those after
# every seven hundred, and through all modules each time, took a tenth of the time of taking reports in.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
