"""Which PostgreSQL the tests start: the system's newest that will do, else that of the wheel of the extra `server`."""

import subprocess
from importlib.machinery import ModuleSpec
from importlib.util import find_spec

import pytest

from tests.databases import WHEEL, programs


def installed(folder, *versions):
    for version in versions:
        (folder / version / "bin").mkdir(parents=True)
        (folder / version / "bin" / "postgres").touch()
    return folder


def wheel(folder):
    return lambda name: ModuleSpec(name, None, origin=str(folder / name / "__init__.py"))


def nothing(_name):
    return None


@pytest.mark.parametrize(("versions", "chosen"), [(["15"], "15"), (["9", "15", "17"], "17"), (["14", "16"], "16")])
def test_the_system_s_newest_comes_before_the_wheel(tmp_path, versions, chosen):
    assert programs(installed(tmp_path, *versions), wheel(tmp_path)) == tmp_path / chosen / "bin"


@pytest.mark.parametrize("versions", [[], ["9"], ["13", "14"]])
def test_where_the_system_has_none_that_will_do_the_wheel_s_is_taken(tmp_path, versions):
    system = installed(tmp_path / "system", *versions)
    assert programs(system, wheel(tmp_path)) == tmp_path / WHEEL / "pginstall" / "bin"


def test_without_either_there_is_none(tmp_path):
    assert programs(tmp_path, nothing) is None


def test_the_wheel_carries_the_programs_where_they_are_looked_for(tmp_path):
    if find_spec(WHEEL) is None:
        pytest.skip("the extra `server` is not installed: pip install the wheel pinned in pyproject.toml")
    for program in ("initdb", "postgres"):
        said = subprocess.run([programs(tmp_path) / program, "--version"], capture_output=True, text=True, check=True)
        assert int(said.stdout.split()[-1].split(".")[0]) >= 15
