"""What clients send, by whatever way it came: from text to what is done and answered (api §4.2 to §4.4, §4.9)."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError

from accounts.wire.errors import ApiError, ErrorCode, first_line
from events.clients.client import Client
from events.clients.identity import Identity
from events.commands.subscribe import carry_out
from events.hub.hub import Hub
from events.hub.registry import ClientRegistry
from events.protocol import messages
from events.protocol.commands import CommandError, parse_command

logger = logging.getLogger(__name__)


async def receive_push(message: str, identity: Identity, registry: ClientRegistry, hub: Hub) -> bool:
    """Does what a push asks of the client known by `identity`; False when too much waits for it already.

    If nobody is known by it yet the answer waits for who will be.
    """
    if not registry.takes_push(identity):
        return False
    client = registry.meet(identity, datetime.now(UTC))
    before = client.outbox.waiting_characters
    await receive_message(message, client, hub, is_push=True)
    registry.note_waiting(client, client.outbox.waiting_characters - before)
    return True


async def receive_message(message: str, client: Client, hub: Hub, *, is_push: bool = False) -> None:
    """Carries out a command and queues its answer, or what is wrong with it. One at a time for each client.

    `is_push`: it came beside the client's connection.
    """
    # Answers come in the order of commands, and who forgets or hands over a client waits for the command under way.
    async with client.receiving:
        try:
            command = parse_command(message)
        except CommandError as failure:
            client.queue(messages.error(failure.error, failure.action, failure.echo))
            return
        try:
            client.count_command(asyncio.get_running_loop().time())
            await carry_out(command, client, hub, is_push=is_push)
        except ApiError as error:
            client.queue(messages.error(error, command.action.full_name, command.echo))
            # The future in which it came from a thread keeps it, and it keeps its frames with the future and the
            # message: a cycle, which is looked for only rarely (config/asgi.py).
            error.__traceback__ = None
        except (OperationalError, InterfaceError) as error:
            # No bug: whoever asks again later gets it.
            logger.warning("database unavailable in %s: %s", command.action.full_name, first_line(error))
            unavailable = ApiError(ErrorCode.DATABASE_UNAVAILABLE)
            client.queue(messages.error(unavailable, command.action.full_name, command.echo))
        except Exception:
            logger.exception("unexpected error in %s", command.action.full_name)
            client.queue(messages.unexpected_error())
