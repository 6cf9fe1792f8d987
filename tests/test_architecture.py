"""The walls of the house: who may import whom, who reads the clock, who commits, and what no file may hold."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
OURS = ("bench", "clock", "config", "contract", "dashboard", "edge", "ingest", "local", "logs", "models", "tests")
PRODUCT = tuple(name for name in OURS if name not in ("tests", "bench"))

# part -> what it must not import; a part is the longest matching prefix of a module's path
NEVER = {
    "contract": {*OURS} - {"contract"},
    "config": {*OURS} - {"config"},
    "clock": {*OURS} - {"clock"},
    "logs": {*OURS} - {"logs"},
    "models": {*OURS, "dash", "paho", "apscheduler"} - {"models", "contract"},
    "ingest": {"dashboard", "edge", "local", "dash", "bench", "tests"},
    "ingest/vendors": {*OURS, "sqlalchemy"} - {"contract", "ingest"},
    "ingest/rules": {*OURS, "sqlalchemy", "paho"} - {"contract", "models", "ingest"},
    "dashboard": {"ingest", "edge", "local", "bench", "tests"},
    "dashboard/figures": {"sqlalchemy", "dash", "models", "ingest", "edge"},
    "dashboard/queries": {"dash", "plotly", "flask", "ingest", "edge"},
    "dashboard/pages": {"models", "sqlalchemy", "ingest", "edge"},
    "edge": {"models", "sqlalchemy", "ingest", "dashboard", "local", "bench", "tests"},
    "local": {"models", "sqlalchemy", "ingest", "dashboard", "edge", "contract"},
}
# one file -> the one part of a wall that it may look through, because that part is pure (decision 0050)
WINDOWS = {"dashboard/vendor_tables.py": "ingest.vendors"}
REFUSED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "handler",
    "processor",
    "callbacks",
    "layouts",
}
CLOCK_READERS = {"clock.py"}
WALL_CLOCK = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
DURATION_CLOCK_OF_FILES = {"edge/sources.py": "names a moved file", "logs.py": "stamps log lines with the real time"}


def files(*parts: str) -> list[Path]:
    """The Python files of packages and single modules."""
    alone = [ROOT / f"{part}.py" for part in parts if (ROOT / f"{part}.py").exists()]
    return sorted([*alone, *(path for part in parts for path in (ROOT / part).rglob("*.py"))])


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """Top-level names, and two levels for our own."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def part_of(path: Path) -> str:
    name = name_of(path).removesuffix(".py")
    return max((part for part in NEVER if name == part or name.startswith(part + "/")), key=len)


@pytest.mark.parametrize("path", files(*PRODUCT), ids=name_of)
def test_the_arrows_point_inwards(path: Path) -> None:
    window = WINDOWS.get(name_of(path), "nothing at all")
    forbidden = {
        module
        for module in imports(path)
        if module.split(".")[0] in NEVER[part_of(path)] and not f"{module}.".startswith(f"{window}.")
    }
    assert not forbidden, f"{name_of(path)} must not import {sorted(forbidden)}"


def test_what_is_looked_at_through_a_window_stands_on_the_contract_alone() -> None:
    for path in files("ingest"):
        if name_of(path).startswith("ingest/vendors/"):
            ours = {module for module in imports(path) if module.split(".")[0] in OURS}
            strange = {module for module in ours if not f"{module}.".startswith(("ingest.vendors.", "contract."))}
            assert not strange, f"{name_of(path)} must not import {sorted(strange)}"
    loaded = "import sys, dashboard.vendor_tables; print([m for m in sys.modules if m.startswith('ingest.')])"
    said = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {name.strip("' \n") for name in said.strip("[]\n").split(",")} <= {
        f"ingest.{name}" for name in ("vendors", *(f"vendors.{p.stem}" for p in (ROOT / "ingest/vendors").glob("*.py")))
    }


def modules_of(path: Path) -> set[str]:
    """Our own modules that a file imports, those for types included."""
    known = {name_of(p).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for p in files(*PRODUCT)}
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in whole if name in known} or {node.module}
    return found & known


def test_no_two_modules_need_each_other() -> None:
    """Not even around corners, and not even for types: what stands in a circle can only be understood at once."""
    needs = {
        name_of(p).removesuffix(".py").removesuffix("/__init__").replace("/", "."): modules_of(p)
        for p in files(*PRODUCT)
    }
    while free := {name for name, needed in needs.items() if not needed & needs.keys()}:
        for name in free:
            del needs[name]
    assert not needs, f"in circles, or above one: {sorted(needs)}"


def test_nobody_imports_a_page() -> None:
    found = [name_of(p) for p in files(*PRODUCT) for module in imports(p) if module.startswith("dashboard.pages")]
    assert not found


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def test_only_one_file_reads_the_wall_clock() -> None:
    readers = {
        name_of(p) for p in files(*PRODUCT) for called, _ in calls(p) if any(called.endswith(c) for c in WALL_CLOCK)
    }
    assert readers - CLOCK_READERS <= DURATION_CLOCK_OF_FILES.keys()


def test_only_the_database_file_commits() -> None:
    committing = re.compile(r'"(begin|begin immediate|commit|rollback)"|\.commit\(\)|\.begin\(\)')
    found = {
        name_of(p)
        for p in files("models", "ingest", "dashboard")
        if "migrations" not in p.parts and committing.search(p.read_text(encoding="utf-8"))
    }
    assert found == {"models/database.py"}


def test_only_the_scheduler_knows_apscheduler() -> None:
    assert {name_of(p) for p in files(*PRODUCT) if any(m.startswith("apscheduler") for m in imports(p))} == {
        "ingest/scheduler.py"
    }


def test_every_callback_is_guarded() -> None:
    for path in files("dashboard"):
        names = {
            alias.name
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "dash"
            for alias in node.names
        }
        assert "callback" not in names or name_of(path) == "dashboard/guarded.py", name_of(path)
        assert not [c for c, _ in calls(path) if c in ("app.callback", "dash.callback")], name_of(path)


def test_no_sql_text_is_put_together() -> None:
    """The first argument of whatever runs SQL is a constant, a name, or an SQLAlchemy expression: never a formatted text."""
    runners = ("execute", "executemany", "exec_driver_sql", "text", "rows", "write", "executescript")
    for path in [*files("models", "ingest", "dashboard"), ROOT / "edge" / "spool.py"]:
        if "migrations" in path.parts:
            continue
        for called, call in calls(path):
            if called.split(".")[-2:-1] in (["stdout"], ["stderr"]):
                continue  # these write to people
            if called.split(".")[-1] in runners and call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
                allowed = called == "raw.execute" and name_of(path) == "models/sqlite.py"  # pragmas of our own numbers
                assert allowed, f"{name_of(path)}:{call.lineno}"


def test_nothing_that_was_kept_is_run_as_code() -> None:
    """No pickles, which run what they hold, be it by pandas or from a scheduler's table; and no texts that pandas evaluates."""
    for path in files(*PRODUCT):
        found = imports(path)
        stores = {name for name in found if name.startswith("apscheduler.jobstores")}
        assert stores <= {"apscheduler.jobstores.memory"}, name_of(path)
        assert not any(name.startswith("apscheduler") for name in found) or name_of(path) == "ingest/scheduler.py"
        assert not found & {"pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"}, name_of(path)
        last = {called.split(".")[-1] for called, _ in calls(path)}
        assert not last & {"read_pickle", "to_pickle", "eval", "exec", "add_jobstore"}, name_of(path)
        assert "query" not in last or "pandas" not in found, name_of(path)
    (made,) = [call for called, call in calls(ROOT / "ingest/scheduler.py") if called == "BackgroundScheduler"]
    stores = next(word.value for word in made.keywords if word.arg == "jobstores")
    assert ast.unparse(stores) == "{'default': MemoryJobStore()}"


def test_functions_are_short_and_files_well_named() -> None:
    for path in files(*PRODUCT):
        if "migrations" in path.parts:
            continue
        assert path.stem not in REFUSED_NAMES, name_of(path)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 50, f"{name_of(path)}:{node.lineno} {node.name} has {length} lines"


def test_every_module_says_what_it_is_for() -> None:
    assert not [name_of(p) for p in files(*PRODUCT) if not ast.get_docstring(tree(p)) and "migrations" not in p.parts]


def test_every_config_key_is_explained_and_read() -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    code = "\n".join(p.read_text(encoding="utf-8") for p in files(*PRODUCT))
    for section, keys in yaml.safe_load(text).items():
        for key in keys:
            line = next(line for line in text.splitlines() if line.strip().startswith(f"{key}:"))
            assert "#" in line, f"{section}.{key} has no explanation"
            assert re.search(rf"\.{key}\b", code), f"{section}.{key} is read nowhere"


def test_the_product_speaks_of_itself_alone() -> None:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    # Spelt in two halves, so that this file does not find itself.
    words = ("/" + "work/", "/" + "root/", "py" + "pi.org", "python" + "hosted", "npm" + "js.org", "farm" + "-")
    forbidden = re.compile("|".join(map(re.escape, words)))
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if not name or not path.is_file() or path.suffix in (".png", ".db"):
            continue
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert not found, f"{name}: {found[0] if found else ''}"


def test_migrations_are_one_chain_numbered_by_their_files() -> None:
    """Two changes that landed at once may have taken the same number; alembic only says so at the next start."""
    numbers = [path.name[:4] for path in sorted((ROOT / "models" / "migrations" / "versions").glob("0*.py"))]
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    for path, before in zip(
        sorted((ROOT / "models" / "migrations" / "versions").glob("0*.py")), [None, *numbers], strict=False
    ):
        text = path.read_text(encoding="utf-8")
        assert f'revision = "{path.name[:4]}"' in text, path.name
        assert (f'down_revision = "{before}"' if before else "down_revision = None") in text, path.name
