"""Connected clients in the Django admin: who is there, and how to end one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from accounts.admin.read_only import WrittenElsewhere
from accounts.models import User
from events.models import ConnectedClient
from events.node import current_node
from events.peers import connected_clients
from events.peers.connected_clients import ClientFilter, Findings

logger = logging.getLogger(__name__)

ROWS_PER_PAGE = 100
MOST_ROWS = 1000
# A search for part of a login finds the clients of so many users.
MOST_USERS = 1000
MAX_SEARCH_CHARACTERS = 100
NAME = "events_connectedclient_changelist"


@dataclass(frozen=True, slots=True)
class Row:
    """A client as the list shows it."""

    client: connected_clients.ConnectedClient
    process: str
    target: str
    """By which it is ended."""
    logins: tuple[str, ...] = ()


async def _find(wanted: ClientFilter) -> Findings:
    return await current_node().connected_clients.find(wanted)


async def _end(channel: str, number: int) -> bool | None:
    return await current_node().connected_clients.end(channel, number)


@admin.register(ConnectedClient)
class ConnectedClientAdmin(WrittenElsewhere):
    """A list that is asked of the processes each time; there are no rows to add, change or look at one by one."""

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.changelist_view)
        return [path("", self.admin_site.admin_view(view), name=NAME)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; a POST ends a client first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._end_client(request)
            return HttpResponseRedirect(request.get_full_path())
        query = request.GET.get("q", "").strip()[:MAX_SEARCH_CHARACTERS]
        findings = async_to_sync(_find)(_wanted(query))
        page = Paginator(_rows(findings), ROWS_PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Connected clients",
            "opts": self.opts,
            "page": page,
            "rows": _with_logins(page),
            "query": query,
            "total": sum(answer.total for answer in findings.answers),
            "silent": findings.silent,
            "may_end": self.has_delete_permission(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/events/connectedclient/change_list.html", context)

    def _end_client(self, request: HttpRequest) -> None:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        channel, _, number = request.POST.get("client", "").rpartition(" ")
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            messages.error(request, "Which client is to be ended was not said.")
            return
        match async_to_sync(_end)(channel, int(number)):
            case True:
                logger.info("user %s ended client %s of %s", request.user.pk, number, channel)
                messages.success(request, "The client was ended.")
            case False:
                messages.warning(request, "The client was gone already.")
            case None:
                messages.error(request, "The client's process does not answer.")


def _wanted(query: str) -> ClientFilter:
    if not query:
        return ClientFilter(most=MOST_ROWS)
    # A NUL is in no login, and PostgreSQL does not search for it.
    users = User.objects.filter(login__icontains=query.replace("\0", "")) if query.strip("\0") else User.objects.none()
    return ClientFilter(frozenset(users.values_list("pk", flat=True)[:MOST_USERS]), query, MOST_ROWS)


def _rows(findings: Findings) -> list[Row]:
    """The newest clients of all processes."""
    rows = [
        Row(client, answer.process, f"{answer.channel} {client.number}")
        for answer in findings.answers
        for client in answer.clients
    ]
    return sorted(rows, key=lambda row: row.client.since, reverse=True)[:MOST_ROWS]


def _with_logins(page: Page[Row]) -> Sequence[Row]:
    user_ids = {user_id for row in page for user_id, _ in row.client.logins}
    names = dict(User.objects.filter(pk__in=user_ids).values_list("pk", "login"))
    return [
        Row(
            row.client,
            row.process,
            row.target,
            # Who was removed a moment ago has none.
            tuple(dict.fromkeys(f"{names.get(user_id, user_id)} ({kind})" for user_id, kind in row.client.logins)),
        )
        for row in page
    ]
