"""How a section declares its keys: what each allows, and what a person is told of a value that is not allowed."""

import re
from dataclasses import Field, field
from typing import Any

CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
"""A pattern of hours and minutes."""


class ConfigError(Exception):
    """What is wrong, where it stands, and what is allowed."""


def number(low: float, high: float) -> Any:
    """Whole where the key's type is; both ends are allowed."""
    return field(metadata={"range": (low, high)})


def text(pattern: str, allowed: str) -> Any:
    """`pattern` matches the whole value; `allowed` says the same to people."""
    return field(metadata={"pattern": pattern, "allowed": allowed})


def switch() -> Any:
    return field(metadata={"allowed": "true or false"})


def converted(given: str, kind: type[Any], key: Field[Any]) -> Any:
    """The value as the section holds it. Raises ValueError for one that is not allowed."""
    if kind is bool:
        if given.lower() not in ("true", "false"):
            raise ValueError(given)
        return given.lower() == "true"
    if kind is str:
        if not re.fullmatch(key.metadata["pattern"], given):
            raise ValueError(given)
        return given
    value = kind(given)
    low, high = key.metadata["range"]
    if not low <= value <= high:
        raise ValueError(given)
    return value


def allowed(kind: type[Any], key: Field[Any]) -> str:
    """In words."""
    if kind in (bool, str):
        return f"allowed: {key.metadata['allowed']}"
    low, high = key.metadata["range"]
    return f"allowed: {'a whole number' if kind is int else 'a number'} from {low:g} to {high:g}"
