"""Commands to devices: outputs and texts, and what came of them (records §13)."""

from __future__ import annotations

import re
from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.description import Example
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import by_id, list_of, nullable, object_of, optional, said
from accounts.wire.terms import DATE, FLAG, ID, between, one_of, printable, text
from trackers.calls.lookup import Original, Original204, Seen, Seen204
from trackers.engine.instructions import MAX_LENGTH, InstructionKind, InstructionStatus, Wanted, wanted_outputs
from trackers.models import Instruction, Tracker
from trackers.rendering.device_models import MODELS
from trackers.services.instructions import giving
from trackers.services.instructions.giving import Order

MOST_OUTPUTS = 32
MOST_LISTED = 200
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")

GIVEN = {"id": said(ID, "of the command in `tracker/raw_command/list`")}
COMMAND = object_of(
    {
        "id": ID,
        "type": one_of(InstructionKind),
        "command": said(nullable(text()), "null for outputs, and for who lacks the right `tracker_configure`"),
        "outputs": optional(said(by_id(FLAG), "on or off by number; of outputs only")),
        "reliable": FLAG,
        "user": said(text(), "the login of who gave it"),
        "created": DATE,
        "expires": DATE,
        "status": said(
            one_of(InstructionStatus),
            "`sent`: nothing is known beyond that; `done` and `failed` may be the device's word",
        ),
        "copies": said(between(0, 2**31 - 1), "how often it was sent, or may have been"),
        "sent": said(nullable(DATE), "for the first time"),
        "finished": said(nullable(DATE), "null: it is waited for, or for its outcome"),
        "answer": said(text(), "what the device said"),
        "reason": said(text(), "why it failed, or waits"),
    }
)


@call(
    "tracker/output/set",
    right=Right.TRACKER_SET_OUTPUT,
    gives=GIVEN,
    codes=(213, 214, 268),
    example=Example({"tracker_id": 1, "output": 1, "enable": True}, {"id": 17}),
)
def set_output(
    call: UserCall,
    tracker: Original204,
    output: Annotated[int, between(1, MOST_OUTPUTS), "its number"],
    enable: Annotated[bool, "on or off"],
) -> Fields:
    """Has a device switch one of its outputs, within a minute or not at all."""
    if output > _outputs_of(tracker):
        raise ApiError(ErrorCode.NOT_SUPPORTED)
    return _switch(call, tracker, wanted_outputs(output, [enable]))


@call("tracker/output/set_all", right=Right.TRACKER_SET_OUTPUT, gives=GIVEN, codes=(213, 214, 268))
def set_all_outputs(
    call: UserCall,
    tracker: Original204,
    outputs: Annotated[
        tuple[bool, ...], list_of(FLAG, least=1, most=MOST_OUTPUTS), "on or off, of all that it has, from the first on"
    ],
) -> Fields:
    """Has a device switch all of its outputs, within a minute or not at all."""
    model = MODELS.get(tracker.source.model)
    if model is None or not model.sets_all_outputs or len(outputs) != _outputs_of(tracker):
        raise ApiError(ErrorCode.NOT_SUPPORTED)
    return _switch(call, tracker, wanted_outputs(1, outputs))


@call(
    "tracker/raw_command/send",
    right=Right.TRACKER_CONFIGURE,
    second_right=Right.TRACKER_SET_OUTPUT,
    gives=GIVEN,
    codes=(214, 268),
    example=Example({"tracker_id": 1, "command": "setparam 2004:198.51.100.7"}, {"id": 18}),
)
def send_raw_command(
    call: UserCall,
    tracker: Original,
    command: Annotated[str, printable(MAX_LENGTH, trim=False), "to the letter; of type `hex` pairs of hex digits"],
    type: Annotated[str, one_of("text", "hex")] = "text",
    reliable: Annotated[bool, "sent until it has arrived; else once"] = True,
) -> Fields:
    """Has a device be told a command of its protocol as soon as it can be."""
    if not command.strip():
        raise invalid_parameter("command", "must not be blank")
    if type == InstructionKind.HEX and not _HEX.fullmatch(command):
        raise invalid_parameter("command", "must be pairs of hex digits")
    given = giving.instruct(call.caller, tracker, Order(Wanted(InstructionKind(type), command), reliable))
    return {"id": given.pk}


@call("tracker/raw_command/list", right=Right.TRACKER_SET_OUTPUT, gives={"list": list_of(COMMAND)})
def list_commands(
    call: UserCall, tracker: Seen, limit: Annotated[int, between(1, MOST_LISTED), "of commands"] = MOST_LISTED
) -> Fields:
    """The account's commands to a device and what came of them, the newest first."""
    return {"list": [_render(call, one) for one in giving.instructions_of(tracker, limit)]}


@call("tracker/command/unconfirmed/count", gives={"count": said(between(0, 2**31 - 1), "how many")})
def count_unconfirmed(call: UserCall, tracker: Seen204) -> Fields:
    """How many commands to a device there are of which it is not known what came of them."""
    return {"count": giving.unconfirmed(tracker).count()}


@call("tracker/command/unconfirmed/reset", right=Right.TRACKER_UPDATE)
def reset_unconfirmed(call: UserCall, tracker: Seen204) -> None:
    """Cancels the commands to a device of which it is not known what came of them."""
    giving.withdraw(giving.unconfirmed(tracker))


def _switch(call: UserCall, tracker: Tracker, wanted: Wanted) -> Fields:
    """Raises ApiError NOT_SUPPORTED and DEVICE_OFFLINE besides those of `instruct`."""
    giving.carrier_to(tracker)
    giving.refuse_absent(tracker)
    return {"id": giving.instruct(call.caller, tracker, Order(wanted)).pk}


def _outputs_of(tracker: Tracker) -> int:
    model = MODELS.get(tracker.source.model)
    return model.digital_outputs if model else 0


def _render(call: UserCall, one: Instruction) -> Fields:
    is_of_outputs = one.kind == InstructionKind.OUTPUTS
    is_shown = not is_of_outputs and Right.TRACKER_CONFIGURE in call.caller.rights
    found = {
        "id": one.pk,
        "type": one.kind,
        "command": one.body if is_shown else None,
        "reliable": one.is_reliable,
        "user": one.login,
        "created": call.date_of(one.created_at),
        "expires": call.date_of(one.expires_at),
        "status": one.status,
        "copies": one.copies,
        "sent": call.date_of(one.sent_at),
        "finished": call.date_of(one.finished_at),
        "answer": one.answer,
        "reason": one.reason,
    }
    return found | {"outputs": one.wanted.outputs} if is_of_outputs else found
