"""One value of an event: expr → default → split → map → cast → scale, offset → clamp → token → prefix, in this order."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.vendors.expressions import Expression, TableRefused, compiled
from ingest.vendors.payloads import Unreadable

_YES, _NO = frozenset(("1", "true", "on", "yes", "open", "trigger")), frozenset(("0", "false", "off", "no", "closed"))
_KEYS = frozenset(
    [
        "expr",
        "value",
        "default",
        "zero_if_omitted",
        "split",
        "take",
        "map",
        "otherwise",
        "strict",
        "cast",
        "scale",
        "offset",
        "clamp",
        "token",
        "prefix",
    ]
)


@dataclass(frozen=True)
class Value:
    """Expressions (several are joined by `/`) or a constant `value`; `default` where the payload says nothing.

    `zero`: nothing means 0 where the envelope omits zeros. `strict`: a value that `map` does not hold makes the message
    unreadable, for codes whose meaning depends on the codec's version.
    """

    exprs: tuple[Expression, ...]
    value: Any
    default: Any
    zero: bool
    split: str | None
    take: int
    map: Mapping[str, Any] | None
    otherwise: Any
    strict: bool
    cast: str | None
    scale: float | None
    offset: float
    clamp: tuple[float, float] | None
    token: bool
    prefix: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for expr in self.exprs for name in expr.names)

    @property
    def text(self) -> str:
        return " / ".join(expr.text for expr in self.exprs)

    def of(self, context: Any, omits_zero: bool, token: Callable[[str], str]) -> Any:
        """None where the payload does not say it. Raises Unreadable for a value that is no such thing."""
        found = self._found(context, omits_zero) if self.exprs else self.value
        if found is None:
            return None
        if self.split is not None:
            found = _taken(str(found).split(self.split), self.take)
        if self.map is not None:
            found = self._mapped(words(found))
        if found is None:
            return None
        if self.cast is not None:
            found = self._cast(found)
        found = self._scaled(found)
        if self.token:
            found = token(str(found))
        return f"{self.prefix}{found}" if self.prefix else found

    def _found(self, context: Any, omits_zero: bool) -> Any:
        try:
            said = [expr.of(context) for expr in self.exprs]
        except ValueError as error:
            raise Unreadable(str(error)) from error
        known = [one for one in said if one is not None]
        found = said[0] if len(said) == 1 else "/".join(map(words, known)) or None
        if found is None:
            return 0 if self.zero and omits_zero else self.default
        return found

    def _mapped(self, said: str) -> Any:
        assert self.map is not None
        if self.strict and said not in self.map:
            raise Unreadable(f"`{self.text}` has a value that this table does not know")
        return self.map.get(said, self.otherwise)

    def _cast(self, found: Any) -> Any:
        try:
            return CASTS[self.cast or ""](found)
        except (ValueError, TypeError, OverflowError) as error:
            raise Unreadable(f"`{self.text}` is no {self.cast}") from error

    def _scaled(self, found: Any) -> Any:
        if self.scale is not None or self.offset:
            found = found * (1 if self.scale is None else self.scale) + self.offset
        if self.clamp is not None:
            low, high = self.clamp
            found = min(max(found, type(found)(low)), type(found)(high))
        return found


def words(found: Any) -> str:
    """As tables spell it in `map`: true, false, and numbers as text."""
    return str(found).lower() if isinstance(found, bool) else str(found)


def _taken(parts: list[str], take: int) -> str | None:
    return parts[take] if -len(parts) <= take < len(parts) else None


def _whole(found: Any) -> int:
    if type(found) is int:
        return found
    number = _number(found)
    if number != int(number):
        raise ValueError("a fraction")
    return int(number)


def _number(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise TypeError("no number")
    number = float(found)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _truth(found: Any) -> bool:
    said = words(found).strip().lower()
    if said not in _YES | _NO:
        raise ValueError("neither true nor false")
    return said in _YES


CASTS: dict[str, Callable[[Any], Any]] = {
    "int": _whole,
    "round": lambda found: round(_number(found)),
    "float": _number,
    "text": words,
    "bool": _truth,
}


def value_of(given: Any) -> Value:
    """A text is an expression; an object spells the pipeline out. Raises TableRefused."""
    said: Any = {"expr": given} if isinstance(given, str | list) else given
    if not isinstance(said, dict):
        said = {"value": given}
    unknown = said.keys() - _KEYS
    if unknown:
        raise TableRefused(f"a value has no {sorted(unknown)[0]}; it has: {', '.join(sorted(_KEYS))}")
    if ("expr" in said) == ("value" in said):
        raise TableRefused("a value needs one of expr and value")
    if said.get("cast") not in (None, *CASTS):
        raise TableRefused(f"cast {said['cast']!r} is none of {', '.join(CASTS)}")
    if (said.keys() & {"scale", "offset", "clamp"}) and said.get("cast") not in ("int", "round", "float"):
        raise TableRefused("scale, offset and clamp need a cast to int, round or float")
    mapping = said.get("map")
    return Value(
        exprs=tuple(compiled(text) for text in _listed(said.get("expr", []))),
        value=said.get("value"),
        default=said.get("default"),
        zero=bool(said.get("zero_if_omitted", False)),
        split=said.get("split"),
        take=int(said.get("take", 0)),
        map=None if mapping is None else {words(key): value for key, value in mapping.items()},
        otherwise=said.get("otherwise"),
        strict=bool(said.get("strict", False)),
        cast=said.get("cast"),
        scale=said.get("scale"),
        offset=said.get("offset", 0),
        clamp=None if "clamp" not in said else (said["clamp"][0], said["clamp"][1]),
        token=bool(said.get("token", False)),
        prefix=str(said.get("prefix", "")),
    )


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]
