"""What we stand on: every package pinned by hash and none older than its last known hole, no finding of bandit unexplained."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.database import DatabaseRefused, check_sqlite_version

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
OLDEST = {
    "dash": (4, 4, 1),  # callbacks of the background could be forged before
    "plotly": (6, 0, 0),  # its script polluted prototypes before 2.25.2
    "flask": (3, 1, 1),  # the fallback of keys
    "werkzeug": (3, 1, 5),  # paths of devices
    "jinja2": (3, 1, 6),  # escapes of the sandbox
    "sqlalchemy": (1, 3, 0),  # texts in order_by
    "cryptography": (44, 0, 1),  # the bundled OpenSSL
    "starlette": (0, 49, 1),  # ranges that cost quadratic time
    "h11": (0, 16, 0),  # chunks that two readers read differently
    "uvicorn": (0, 11, 7),  # lines in the log
    "authlib": (1, 6, 5),  # headers of tokens that were not looked at
    "certifi": (2024, 7, 4),  # a root that is trusted no more
    "pysqlite3-binary": (0, 6, 1),  # up to 0.5.4 it carries SQLite 3.51.1
    "pysqlite3": (0, 6, 1),  # carries 3.53.4; from 3.51.3 on the write-ahead log loses no commits
    "pyyaml": (5, 4, 0),  # loading that runs code
    "requests": (2, 32, 4),  # passwords that went to another host
    "urllib3": (2, 5, 0),  # redirects that were followed although told not to
    "xlsxwriter": (3, 0, 0),
}
"""Package -> the first version without a hole that is known of it. What is not locked has none."""
EXPLAINED = {
    "B101": "an assert says what the code before it has made sure of; nothing is decided by one",
    "B404": "programs are started by lists of words",
    "B603": "a list of words without a shell; the program's name is ours or the operator's",
    "B311": "the simulator's chance is seeded, and a jitter needs no secret",
    "B105": "patterns and names of fields, no passwords",
    "B106": "an empty password in a place where none is given",
    "B107": "an empty secret where none is configured",
    "B104": "compared with, not listened on",
    "B310": "opens our own address on this machine alone",
}


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_by_hash(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = re.split(r"\n(?=[a-z0-9])", re.sub(r"^(#.*)?\n", "", text, flags=re.MULTILINE).strip())
    assert len(packages) > 20
    assert not [one.split()[0] for one in packages if "--hash=sha256:" not in one or "==" not in one.split()[0]]


@pytest.mark.parametrize("name", LOCKS)
def test_no_package_is_older_than_its_last_known_hole(name):
    for package, version in locked(name).items():
        numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
        assert numbers >= OLDEST.get(package, ()), f"{package} {version}"


def test_with_the_systems_old_sqlite_nothing_starts(tmp_path):
    old = "import sys, pysqlite3; pysqlite3.sqlite_version_info = (3, 40, 1); from ingest.__main__ import main; sys.exit(main())"
    given = {"ELDERCARE_DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}
    said = subprocess.run(
        [sys.executable, "-c", old, "migrate"], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "SQLite 3.40.1 can lose commits" in said.stderr
    assert not list(tmp_path.iterdir())
    check_sqlite_version()  # the one that is locked and installed
    for version in ((3, 40, 1), (3, 51, 2)):
        with pytest.raises(DatabaseRefused, match=r"3\.51\.3 or newer"):
            check_sqlite_version(version)


def test_what_is_gated_is_what_we_stand_on():
    assert {"dash", "flask", "werkzeug", "jinja2", "sqlalchemy", "cryptography", "starlette"} <= locked(LOCKS[0]).keys()


def test_the_bill_of_materials_names_every_package():
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--of", "JSON", LOCKS[0]]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    bill = json.loads(said.stdout)
    assert bill["bomFormat"] == "CycloneDX"
    assert {one["name"]: one["version"] for one in bill["components"]} == locked(LOCKS[0])
    assert all(one["purl"].startswith("pkg:pypi/") for one in bill["components"])


def test_no_finding_of_bandit_is_unexplained():
    product = ["contract", "models", "ingest", "dashboard", "edge", "local", "config", "clock.py", "logs.py"]
    command = [sys.executable, "-m", "bandit", "-r", "-q", "-f", "json", *product]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(said.stdout[said.stdout.index("{") :])
    assert not found["errors"]
    unexplained = [
        f"{one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}"
        for one in found["results"]
        if one["test_id"] not in EXPLAINED
    ]
    assert not unexplained, unexplained
    assert not [one["test_id"] for one in found["results"] if one["issue_severity"] == "HIGH"]
