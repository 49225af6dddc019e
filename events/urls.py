"""Addresses of the pages and the probes."""

from django.urls import path, re_path

from events.web import map_file, metrics, overlay_files, pages, shared, words

urlpatterns = [
    path("", pages.show_page, name="monitoring"),
    re_path(r"^docs/?$", pages.show_reference, name="reference"),
    re_path(r"^share/(?P<token>[^/]+)/?$", shared.show_shared, name="share"),
    re_path(r"^words/(?P<language>[a-z]{2})-(?P<digest>[0-9a-f]{12})\.js$", words.show_words, name="words"),
    path("map.pmtiles", map_file.show_map_file, name="map-file"),
    path("overlays/<int:number>.geojson", overlay_files.show_overlay, name="overlay"),
    path("healthz", pages.is_alive, name="healthz"),
    path("readyz", pages.is_ready, name="readyz"),
    path("metrics", metrics.show_metrics, name="metrics"),
]
