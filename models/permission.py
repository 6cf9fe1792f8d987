"""Which role may do what, read once from permissions.yaml; a wrong line stops the start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from models.alarm_life import POSTS

TABLE = Path(__file__).with_name("permissions.yaml")


def _read() -> tuple[dict[str, str], dict[str, frozenset[str]], dict[str, frozenset[str]], dict[str, tuple[str, ...]]]:
    said = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    scopes = {str(role): str(kind or "") for role, kind in said["roles"].items()}
    return scopes, _rows(said["permissions"], scopes), _rows(said["manages"], scopes), _posts(said["posts"], scopes)


def _rows(said: Mapping[Any, Any], scopes: Mapping[str, str]) -> dict[str, frozenset[str]]:
    rows = {str(name): frozenset(roles) for name, roles in said.items()}
    for name, roles in rows.items():
        if strange := roles - scopes.keys():
            raise ValueError(f"{TABLE.name}: {name} names {sorted(strange)}; known roles: {', '.join(scopes)}")
    return rows


def _posts(said: Mapping[Any, Any], scopes: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    rows = {str(role): tuple(posts) for role, posts in said.items()}
    if strange := (rows.keys() - scopes.keys()) | {post for posts in rows.values() for post in posts} - POSTS.keys():
        raise ValueError(f"{TABLE.name}: posts names {sorted(strange)}; known posts: {', '.join(POSTS)}")
    return rows


SCOPE_OF_ROLE, HELD_BY, MANAGED_BY, _POSTS_OF = _read()
"""Role -> the kind of place that its scope must name, or ''; permission -> the roles that hold it; role -> whose accounts."""
ROLES = tuple(SCOPE_OF_ROLE)
EXPORT_ROLES = frozenset(role for role in HELD_BY["export"] if SCOPE_OF_ROLE[role] != "site")
"""Whose files are of more than one site: what a stolen password would carry out of the house at once."""


def allows(role: str, permission: str) -> bool:
    """Raises KeyError for a permission that the table does not have: a typo must not pass for a refusal."""
    return role in HELD_BY[permission]


def manages(role: str, other: str) -> bool:
    """Whether it may invite, disable and recover accounts of the other role."""
    return other in MANAGED_BY.get(role, frozenset())


def posts_of(role: str) -> tuple[str, ...]:
    """The posts that its people stand for: what is assigned to one of these waits for them."""
    return _POSTS_OF.get(role, ())
