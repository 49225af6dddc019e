"""The HTTP table."""

from django.contrib import admin
from django.urls import include, path, re_path

from accounts.urls import page_urlpatterns as account_pages
from alerts.calls.pages import page_urlpatterns as alert_pages
from config.reference.calls import DECLARED
from config.reference.views import show_asyncapi, show_openapi, show_openapi_for_generators
from events.urls import urlpatterns as pages
from events.web.pages import refuse_unknown_action, refuse_unknown_resource
from trackers.intake.views import ingest_urlpatterns

api = [
    *(pattern for call in DECLARED for pattern in call.urls),
    *ingest_urlpatterns,
    re_path(
        r"^(?:user|tracker|api/key|base|subuser|panel|timezone|dealer|zone|history|webhook|webpush|notification|track"
        r"|employee|department|vehicle|garage|place|tag|task|tariff|report|geocoder)/",
        refuse_unknown_action,
    ),
]

urlpatterns = [
    *pages,
    *account_pages,
    *alert_pages,
    path("docs/openapi.json", show_openapi, name="openapi"),
    path("docs/openapi-3.0.json", show_openapi_for_generators, name="openapi-for-generators"),
    path("docs/asyncapi.json", show_asyncapi, name="asyncapi"),
    path("admin/", admin.site.urls),
    # The vendor's services, its white-label hosts and its own installations have different prefixes (api §1.1).
    *[path(prefix, include(api)) for prefix in ("v2/", "api-v2/", "api/", "dwh/v1/", "")],
    re_path(r"", refuse_unknown_resource),
]
