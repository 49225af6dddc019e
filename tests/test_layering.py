"""Imports flow left and down, nothing is a circle, pure folders stay pure, only services write, and all is small."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# From left to right; each may import itself and what is left of it.
LAYERS = ["accounts", "trackers", "records", "alerts", "events", "config"]
# Inside an app, the lowest first: a file or folder may import from itself and from the floors below its own.
FLOORS: dict[str, list[set[str]]] = {
    "accounts": [
        {"wire"},
        {"models", "loops", "metrics"},
        {"selectors", "notices"},
        {"services"},
        {"api"},
        {"calls", "admin"},
        {"urls", "management"},
    ],
    "trackers": [
        {"reports"},
        {"engine"},
        {"rendering", "models", "simulation"},
        {"storage"},
        {"services"},
        {"calls", "admin", "intake"},
        {"management", "apps"},
    ],
    "records": [
        {"models", "rendering"},
        {"services"},
        {"calls", "admin"},
        {"apps"},
    ],
    "alerts": [
        {"geometry"},
        {"engine"},
        {"models", "rendering"},
        {"storage"},
        {"services"},
        {"calls", "admin"},
        {"management", "apps"},
    ],
    "events": [
        {"models"},
        {"protocol"},
        {"clients"},
        {"hub"},
        {"commands"},
        {"peers"},
        {"node"},
        {"transports", "web", "admin"},
        {"urls"},
    ],
}
PURE = [
    "accounts/wire/*",
    "trackers/engine/*",
    "trackers/rendering/*",
    "trackers/reports/*",
    "trackers/simulation/*",
    "records/rendering/*",
    "alerts/geometry/*",
    "alerts/engine/*",
    "alerts/rendering/*",
    "events/protocol/*",
    "events/hub/losses.py",
]
IMPURE = ["trackers/simulation/reporter.py"]
# What of the standard library does I/O, keeps time, rolls dice or runs things at once.
UNCLEAN = {"asyncio", "concurrent", "multiprocessing", "os", "pathlib", "random", "secrets", "selectors", "shutil"}
UNCLEAN |= {
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "uuid",
}
# The simulator is given its dice, so that a seed repeats a drive; it needs the name of their type.
MAY_ROLL_DICE = "trackers/simulation/*.py"
# They make values of bytes and bytes of values; nothing else.
PURE_PACKAGES = {"msgspec", "openpyxl", "xlsxwriter", "reportlab", "arabic_reshaper", "bidi"}
CLOCKS = {"now", "utcnow", "today"}
WRITERS = ["*/services/*.py", "trackers/storage/*.py"]
WRITES = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
WRITES |= {f"a{name}" for name in WRITES}

# Whose rows are written by the thousand in SQL of our own, under locks that a model's save would not take.
STATE_MODEL = "SourceState"
MAY_NAME_STATES = ["trackers/storage/*", "trackers/models/*"]

MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 400
MAX_MEDIAN_LINES = 10
MAX_ENTRIES = 16

Function = ast.FunctionDef | ast.AsyncFunctionDef
Check = Callable[[str, ast.Module], Iterator[str]]


def is_one_of(path: str, patterns: list[str]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def is_pure(path: str) -> bool:
    return is_one_of(path, PURE) and not is_one_of(path, IMPURE)


def imported_modules(path: str, tree: ast.Module) -> Iterator[str]:
    """The full names of what a file imports, wherever it does so; relative ones made absolute."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{name.name}" for name in node.names)


def check_layers(path: str, tree: ast.Module) -> Iterator[str]:
    layer = path.split("/")[0]
    for module in imported_modules(path, tree):
        top = module.split(".")[0]
        if top == "tests" or (top in LAYERS and LAYERS.index(top) > LAYERS.index(layer)):
            yield f"imports {module}"


def check_floors(path: str, tree: ast.Module) -> Iterator[str]:
    app, _, rest = path.partition("/")
    here = rest.split("/")[0].removesuffix(".py")
    for module in imported_modules(path, tree):
        parts = module.split(".")
        is_inside = app in FLOORS and parts[0] == app and here != "__init__" and len(parts) > 1 and parts[1] != here
        if is_inside and floor_of(app, parts[1]) >= floor_of(app, here):
            yield f"imports {module}"


def floor_of(app: str, part: str) -> int:
    """Raises StopIteration for a folder or file that has no floor: it must be given one."""
    return next(number for number, floor in enumerate(FLOORS[app]) if part in floor)


def check_states(path: str, tree: ast.Module) -> Iterator[str]:
    if not is_one_of(path, MAY_NAME_STATES) and any(STATE_MODEL in module for module in imported_modules(path, tree)):
        yield f"imports {STATE_MODEL}"


def circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The modules that import each other in a circle, by whatever way round."""
    sorter = TopologicalSorter(imports)
    try:
        sorter.prepare()
    except CycleError as error:
        return [error.args[1]]
    return []


def imports_of_product() -> dict[str, set[str]]:
    """Which modules each module imports, anywhere in the file: in functions and for type checkers alone, too."""
    modules = {module_name(path): path for path in product_files()}
    found: dict[str, set[str]] = {}
    for name, path in modules.items():
        targets = imported_modules(path, parse(path))
        found[name] = {one for target in targets for one in (target, target.rpartition(".")[0]) if one in modules}
        # A package that gathers its modules is no user of itself.
        found[name].discard(name)
    return found


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def check_purity(path: str, tree: ast.Module) -> Iterator[str]:
    if not is_pure(path):
        return
    for module in imported_modules(path, tree):
        if not may_be_imported_by_pure(path, module):
            yield f"imports {module}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith):
            yield "waits"
        elif isinstance(node, ast.Call) and called_name(node) in CLOCKS | {"open", "print", "input"}:
            yield f"calls {called_name(node)}"


def may_be_imported_by_pure(path: str, module: str) -> bool:
    parts = module.split(".")
    if parts[0] in LAYERS:
        # The last part may be a name in the module.
        return any(is_pure("/".join(parts[:count]) + ".py") for count in range(2, len(parts) + 1))
    if module == "random.Random":
        return fnmatch(path, MAY_ROLL_DICE)
    if parts[0] in PURE_PACKAGES:
        return True
    return parts[0] in sys.stdlib_module_names and not {parts[0], ".".join(parts[:2])} & UNCLEAN


def check_writers(path: str, tree: ast.Module) -> Iterator[str]:
    if is_one_of(path, WRITERS):
        return
    in_managers = {inner for node in ast.walk(tree) if is_manager(path, node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_write(node) and node not in in_managers:
            yield f"calls {ast.unparse(node.func)}"


def is_manager(path: str, node: ast.AST) -> bool:
    return path.endswith("/models.py") and isinstance(node, ast.ClassDef) and node.name.endswith("Manager")


def is_write(call: ast.Call) -> bool:
    """Whether a call writes to the database; a form that is saved without a commit does not."""
    if not isinstance(call.func, ast.Attribute):
        return False
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if call.func.attr in ("update", "aupdate"):
        return bool(keywords)  # a dictionary's or a set's takes no keywords here
    return call.func.attr in WRITES and keywords.get("commit") != "False"


def called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def functions_of(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def body_lines(function: Function) -> int:
    """The lines of a function's body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def check_sizes(path: str, tree: ast.Module) -> Iterator[str]:
    for function in functions_of(tree):
        if (lines := body_lines(function)) > MAX_FUNCTION_LINES:
            yield f"{function.name} has {lines} lines"


CHECKS = [check_layers, check_floors, check_purity, check_writers, check_states, check_sizes]


def product_files() -> list[str]:
    files = [file for layer in LAYERS for file in (ROOT / layer).rglob("*.py")]
    paths = [file.relative_to(ROOT).as_posix() for file in files]
    return sorted(path for path in paths if "/migrations/" not in path and "node_modules" not in path)


def parse(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), path)


@pytest.mark.parametrize("check", CHECKS)
def test_no_file_breaks_the_rules(check: Check) -> None:
    assert [f"{path}: {breach}" for path in product_files() for breach in check(path, parse(path))] == []


def test_no_imports_make_a_circle() -> None:
    assert circles(imports_of_product()) == []


@pytest.mark.parametrize("app", LAYERS[:-1])
def test_an_app_is_taken_in_at_a_glance(app: str) -> None:
    entries = [path.name for path in (ROOT / app).iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MAX_ENTRIES


def test_a_circle_is_found() -> None:
    imports = {"events.a": ["events.b"], "events.b": ["events.c"], "events.c": ["events.a"], "events.d": ["events.a"]}
    assert len(circles(imports)) == 1


def test_no_file_is_too_long() -> None:
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in product_files()}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_most_functions_are_short() -> None:
    lengths = [body_lines(function) for path in product_files() for function in functions_of(parse(path))]
    assert len(lengths) > 100
    assert statistics.median(lengths) < MAX_MEDIAN_LINES


def test_every_pure_module_is_there() -> None:
    paths = product_files()
    assert [pattern for pattern in PURE + IMPURE if not any(fnmatch(path, pattern) for path in paths)] == []


@pytest.mark.parametrize(
    ("check", "path", "code"),
    [
        (check_layers, "accounts/models.py", "from trackers.models import Tracker"),
        (check_layers, "accounts/models.py", "import events.hub"),
        (check_layers, "trackers/calls/trackers.py", "def late():\n    from events import hub"),
        (check_layers, "events/hub/hub.py", "from config import settings"),
        (check_layers, "events/hub/hub.py", "import tests.api"),
        (check_layers, "accounts/selectors.py", "from ..trackers import models"),
        (check_floors, "accounts/selectors.py", "from accounts.services.sessions import create_session"),
        (check_floors, "accounts/services/panel.py", "if TYPE_CHECKING:\n    from accounts.api.call import ApiCall"),
        (check_floors, "accounts/calls/login.py", "def late():\n    from accounts.admin import users"),
        (check_floors, "trackers/engine/rules.py", "from trackers import models"),
        (check_floors, "trackers/models/sources.py", "from trackers.storage import states"),
        (check_floors, "trackers/services/sensors.py", "from trackers.calls import sensors"),
        (check_floors, "events/hub/hub.py", "from events.peers.relay import Relay"),
        (check_floors, "events/protocol/framing.py", "from events.clients.transport import Transport"),
        (check_floors, "events/peers/relay.py", "def late():\n    from events.node import current_node"),
        (check_states, "trackers/services/selectors.py", "from trackers.models import SourceState"),
        (check_purity, "trackers/engine/state.py", "import asyncio"),
        (check_purity, "trackers/engine/state.py", "from time import monotonic"),
        (check_purity, "trackers/engine/state.py", "from random import Random"),
        (check_purity, "trackers/simulation/city.py", "import random"),
        (check_purity, "trackers/simulation/city.py", "from random import random"),
        (check_purity, "trackers/engine/state.py", "import orjson"),
        (check_purity, "trackers/engine/state.py", "from django.conf import settings"),
        (check_purity, "trackers/reports/ngp.py", "from trackers.models import Source"),
        (check_purity, "trackers/reports/ngp.py", "from .. import ingestion"),
        (check_purity, "trackers/reports/ngp.py", "from urllib.request import urlopen"),
        (check_purity, "events/protocol/framing.py", "from uuid import uuid4"),
        (check_purity, "events/protocol/framing.py", "async def send(): pass"),
        (check_purity, "events/protocol/framing.py", "started = datetime.now(UTC)"),
        (check_purity, "events/hub/losses.py", "open('file')"),
        (check_writers, "events/hub/hub.py", "state.save()"),
        (check_writers, "trackers/admin/trackers.py", "queryset.update(is_blocked=True)"),
        (check_writers, "trackers/calls/trackers.py", "SourceState.objects.bulk_create(rows)"),
        (check_writers, "accounts/models.py", "class User:\n    def rename(self):\n        self.save()"),
        (check_writers, "accounts/admin/users.py", "form.save(commit=True)"),
        (check_writers, "events/hub/hub.py", "Session.objects.filter(pk=1).delete()"),
        (check_sizes, "events/hub/hub.py", "def long():\n" + "    call()\n" * 41),
    ],
)
def test_a_breach_is_found(check: Check, path: str, code: str) -> None:
    assert len(list(check(path, ast.parse(code)))) == 1


@pytest.mark.parametrize(
    ("check", "path", "code"),
    [
        (
            check_layers,
            "events/hub/hub.py",
            "from accounts import notices\nfrom trackers.engine.state import State\nimport events.clients.client",
        ),
        (
            check_floors,
            "accounts/calls/login.py",
            "from accounts.services import logins",
        ),
        (check_floors, "trackers/storage/states.py", "from trackers.models import SourceState"),
        (check_states, "trackers/storage/states.py", "from trackers.models import SourceState"),
        (check_layers, "config/urls.py", "from events.urls import urlpatterns"),
        (check_purity, "trackers/simulation/city.py", "from random import Random"),
        (check_purity, "trackers/simulation/reporter.py", "import asyncio, httpx"),
        (check_purity, "trackers/reports/ngp.py", "import msgspec"),
        (check_purity, "trackers/reports/ngp.py", "import json\nfrom urllib.parse import unquote"),
        (check_purity, "trackers/reports/ngp.py", "from .report import Report\nfrom accounts.wire import dates"),
        (check_purity, "trackers/engine/state.py", "moment = now + wait"),
        (check_purity, "trackers/engine/state.py", "import msgspec"),
        (check_writers, "trackers/services/trackers.py", "tracker.save()"),
        (check_writers, "events/hub/hub.py", "known.update(fresh)"),
        (check_writers, "accounts/models.py", "class UserManager:\n    def make(self):\n        user.save()"),
        (check_writers, "accounts/admin/users.py", "form.save(commit=False)"),
        (check_sizes, "events/hub/hub.py", 'def short():\n    """' + "words\n" * 50 + '"""\n' + "    call()\n" * 40),
    ],
)
def test_what_is_allowed_is_no_breach(check: Check, path: str, code: str) -> None:
    assert list(check(path, ast.parse(code))) == []
