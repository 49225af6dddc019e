"""Where HTTP and websockets enter: `daphne config.asgi:application`."""

import gc
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from servestatic import ServeStaticASGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

# Models can be imported only after Django is set up.
from events.routing import websocket_urlpatterns  # noqa: E402
from trackers.ingest_asgi import IngestApplication  # noqa: E402

pages_and_calls = ServeStaticASGI(django_application, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)

application = ProtocolTypeRouter(
    {
        "http": IngestApplication(pages_and_calls),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)

# A batch of reports makes thousands of objects that live until its end, and no cycles. Looking for those after every
# seven hundred, and through all modules each time, took a tenth of the time that taking reports in costs.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
