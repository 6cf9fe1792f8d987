"""The file, then the environment over it, then the rules between keys: a wrong value stops the start and says where it stands."""

import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from config.keys import ConfigError, allowed, converted
from config.sections import SECTIONS, Config

PREFIX = "ELDERCARE_"
SHIPPED = Path(__file__).parents[1] / "config.yaml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""By libyaml where PyYAML was built with it: every program reads the file before it does anything else."""


@dataclass(frozen=True)
class _Given:
    """A value before it is checked, and where a person finds it."""

    text: str
    where: str


def load(path: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """`path`, else the file in ELDERCARE_CONFIG, else the one that ships; and what the environment sets over it.

    Raises ConfigError with the key, the line and what is allowed.
    """
    chosen = Path(path or environ.get(PREFIX + "CONFIG") or SHIPPED)
    given = _from_file(chosen)
    _override(given, environ)
    sections = {
        name: shape(**{key.name: _checked(name, key, shape, given, chosen) for key in fields(shape)})
        for name, shape in SECTIONS.items()
    }
    _refuse_open_secret(given, chosen)
    config = _agreeing(Config(**sections), given)
    return replace(config, database=config.database.with_password())


def _refuse_open_secret(given: dict[tuple[str, str], _Given], path: Path) -> None:
    """A password that stands in the file itself needs a file that only its owner can read."""
    for (section, key), found in given.items():
        is_here = key == "url" and found.where.startswith(f"{path}:") and "@" in found.text
        # Windows has no such modes.
        if is_here and os.name == "posix" and urlsplit(found.text).password and path.stat().st_mode & 0o077:
            raise ConfigError(
                f"{found.where}: {section}.{key} holds a password that others can read: put it into a file of its own and "
                f"its path into {section}.password_file, or run `chmod 600 {path}`"
            )


def _from_file(path: Path) -> dict[tuple[str, str], _Given]:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); set ELDERCARE_CONFIG to another file") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    given: dict[tuple[str, str], _Given] = {}
    for section, keys in _pairs(root, path, "sections"):
        if section.value not in SECTIONS:
            raise ConfigError(f"{_at(path, section)}: unknown section `{section.value}`; known: {', '.join(SECTIONS)}")
        for key, value in _pairs(keys, path, f"keys of {section.value}"):
            _known(section.value, key.value, _at(path, key))
            if not isinstance(value, yaml.ScalarNode):
                raise ConfigError(f"{_at(path, key)}: {section.value}.{key.value} must be one value")
            if (section.value, key.value) in given:
                raise ConfigError(f"{_at(path, key)}: {section.value}.{key.value} stands twice")
            given[section.value, key.value] = _Given(value.value, _at(path, value))
    return given


def _pairs(node: yaml.Node | None, path: Path, what: str) -> list[tuple[Any, Any]]:
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{_at(path, node) if node else path}: {what} expected, as `name: value`")
    return list(node.value)


def _at(path: Path, node: Any) -> str:
    return f"{path}:{node.start_mark.line + 1}"


def _known(section: str, key: str, where: str) -> None:
    known = [part.name for part in fields(SECTIONS[section])]
    if key not in known:
        raise ConfigError(f"{where}: unknown key {section}.{key}; {section} has: {', '.join(known)}")


def _override(given: dict[tuple[str, str], _Given], environ: Mapping[str, str]) -> None:
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name == PREFIX + "CONFIG":
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if section not in SECTIONS:
            raise ConfigError(f"environment {name}: unknown section `{section}`; known: {', '.join(SECTIONS)}")
        _known(section, key, f"environment {name}")
        given[section, key] = _Given(text, f"environment {name}")


def _checked(section: str, key: Field[Any], shape: type[Any], given: dict[tuple[str, str], _Given], path: Path) -> Any:
    found, kind = given.get((section, key.name)), get_type_hints(shape)[key.name]
    if found is None:
        raise ConfigError(f"{path}: {section}.{key.name} is missing; {allowed(kind, key)}")
    try:
        return converted(found.text, kind, key)
    except ValueError as error:
        secret = "…" if "password" in key.name or "@" in found.text else repr(found.text)
        raise ConfigError(f"{found.where}: {section}.{key.name} is {secret}; {allowed(kind, key)}") from error


def _agreeing(config: Config, given: dict[tuple[str, str], _Given]) -> Config:
    """Rules between keys."""
    try:
        ZoneInfo(config.time.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"{given['time', 'zone'].where}: time.zone is {config.time.zone!r}; "
            "allowed: an IANA time zone such as Asia/Shanghai"
        ) from error
    _check_begins(config, given)
    if config.states.silent_after_s <= config.states.late_after_s:
        raise ConfigError(
            f"{given['states', 'silent_after_s'].where}: states.silent_after_s must be more than states.late_after_s "
            f"({config.states.late_after_s})"
        )
    return config


def _check_begins(config: Config, given: dict[tuple[str, str], _Given]) -> None:
    """One beginning for each kind of sites, and a day that is over when it is to be signed."""
    kinds = re.findall(r"([A-Z]+)=", config.time.day_begins)
    if len(kinds) != len(set(kinds)):
        raise ConfigError(f"{given['time', 'day_begins'].where}: time.day_begins names a kind of sites twice")
    latest = max(config.time.begins.values(), default=0)
    hour, minute = config.letters.sign_by.split(":")
    if latest and int(hour) * 60 + int(minute) <= latest:
        raise ConfigError(
            f"{given['time', 'day_begins'].where}: time.day_begins must be before letters.sign_by ({config.letters.sign_by}), "
            "by which the day that ends then is to be signed"
        )
