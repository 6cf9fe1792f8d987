"""Which role may do what, read once from permissions.yaml; a wrong line stops the start."""

from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).with_name("permissions.yaml")


def _read() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    said = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    scopes = {str(role): str(kind or "") for role, kind in said["roles"].items()}
    held = {str(name): frozenset(roles) for name, roles in said["permissions"].items()}
    for name, roles in held.items():
        if strange := roles - scopes.keys():
            raise ValueError(f"{TABLE.name}: {name} is given to {sorted(strange)}; known roles: {', '.join(scopes)}")
    return scopes, held


SCOPE_OF_ROLE, HELD_BY = _read()
"""Role -> the kind of place that its scope must name, or ''; permission -> the roles that hold it."""
ROLES = tuple(SCOPE_OF_ROLE)


def allows(role: str, permission: str) -> bool:
    """Raises KeyError for a permission that the table does not have: a typo must not pass for a refusal."""
    return role in HELD_BY[permission]


@cache
def permissions_of(role: str) -> tuple[str, ...]:
    """All that a role may do, as the table has them."""
    return tuple(name for name, roles in HELD_BY.items() if role in roles)
