"""The table of permissions is whole: every name that the code asks for stands in it, and every row is asked for."""

import ast
from pathlib import Path

import pytest

from models.alarm_life import POSTS
from models.escalation import LEVELS
from models.permission import HELD_BY, MANAGED_BY, ROLES, allows, posts_of

ROOT = Path(__file__).parents[2]
OTHERS = {"export"}
"""Asked for by the table itself: by it the roles are found that sign in with a second factor."""


def permissions_of(role: str) -> set[str]:
    return {name for name, roles in HELD_BY.items() if role in roles}


def strings_of(folder: str) -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / folder).rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def asked_for(folder: str) -> set[str]:
    """What stands in a call of `may` or `allows`, directly or by a condition."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("may", "_may", "allows"):
                inside = (part for argument in node.args for part in ast.walk(argument))
                found |= {p.value for p in inside if isinstance(p, ast.Constant) and isinstance(p.value, str)}
    return found


def test_every_permission_that_the_code_asks_for_stands_in_the_table():
    assert asked_for("dashboard") | asked_for("ingest") - {""} <= HELD_BY.keys()


def test_no_row_of_the_table_is_asked_for_by_nobody():
    assert HELD_BY.keys() - strings_of("dashboard") - strings_of("ingest") <= OTHERS


def test_a_permission_that_the_table_does_not_have_is_a_fault_and_no_refusal():
    with pytest.raises(KeyError):
        allows("admin", "alarm.acct")


def test_a_role_that_does_not_exist_may_nothing():
    assert permissions_of("boss") == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_screen_on_a_wall_may_nothing_and_everybody_else_reads_pages(role):
    assert allows(role, "page.read") == (role != "wall")
    assert role != "wall" or permissions_of(role) == set()


def test_who_manages_accounts_is_managed_from_above_alone():
    for role, others in MANAGED_BY.items():
        assert allows(role, "account.manage")
        assert "wall" not in others
        for other in others - {role}:
            assert role not in MANAGED_BY.get(other, ()), (role, other)


def test_an_auditor_changes_nothing():
    assert permissions_of("auditor") == {"page.read", "calm.read", "audit.read", "export"}


def test_every_post_that_an_alarm_is_called_up_to_has_people_behind_it():
    held = {post for role in ROLES for post in posts_of(role)}
    assert set(LEVELS) <= held <= POSTS.keys()
    assert posts_of("wall") == posts_of("auditor") == posts_of("boss") == ()
