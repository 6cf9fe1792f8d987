"""Patterns of a device's own topics: `{name}` stands for one level, `{rest+}` and `#` for everything that follows."""

import re

from ingest.vendors.expressions import TableRefused

_NAME = re.compile(r"\{([a-z_]+)(\+?)\}")


def pattern_of(text: str) -> re.Pattern[str]:
    """Raises TableRefused for a pattern that could not match as it is meant."""
    levels = text.removeprefix("/").split("/")
    parts = [_level(level, last=index == len(levels) - 1, text=text) for index, level in enumerate(levels)]
    try:
        return re.compile("/?" + "/".join(parts).replace("/(?:.*)", "(?:/.*)?"))
    except re.error as error:
        raise TableRefused(f"topic {text!r}: a name stands twice") from error


def _level(level: str, last: bool, text: str) -> str:
    if level == "#" and last:
        return "(?:.*)"
    named = _NAME.fullmatch(level)
    if named and (last or not named[2]):
        return f"(?P<{named[1]}>{'.+' if named[2] else '[^/]+'})"
    if "#" in level or "{" in level or "}" in level:
        raise TableRefused(f"topic {text!r}: # and {{name+}} stand alone and last, {{name}} stands alone")
    return re.escape(level)


def levels_of(pattern: re.Pattern[str], topic: str) -> dict[str, str] | None:
    """The named levels, or None where the topic is another one."""
    found = pattern.fullmatch(topic)
    return None if found is None else dict(found.groupdict())
