"""Tables as YAML says them: envelope (how messages arrive) → table (what a model's payload means), checked word by word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract import KINDS
from ingest.vendors.clocks import TimeOf, zone_of
from ingest.vendors.expressions import Expression, TableRefused, compiled
from ingest.vendors.payloads import BYTES_MAX, READERS
from ingest.vendors.rules import ALLOWED, COUNTER, NEEDED, Emit, Level
from ingest.vendors.topics import pattern_of
from ingest.vendors.values import Value, value_of

AREA = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")


@dataclass(frozen=True)
class Param:
    """A choice made when a device is bound."""

    name: str
    default: Any
    one_of: tuple[Any, ...]
    about: str
    about_zh: str
    needed: bool = False


@dataclass(frozen=True)
class Read:
    """One form of message: which topics, how to read the bytes, where time and identity stand, what follows."""

    topics: tuple[re.Pattern[str], ...]
    payload: str
    bytes_max: int
    when: Expression | None
    split: Expression | None
    body: Expression | None
    time: TimeOf | None
    dedup: tuple[Expression, ...]
    dedup_by_clock: bool
    """True: the device's clock is part of it."""
    backfill: Expression | None
    omits_zero: bool
    emit: tuple[Emit, ...]
    carries: bool
    """True: the rules of a table that stands behind this envelope apply to `body`."""


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    title_zh: str
    params: Mapping[str, Param]
    secret: frozenset[str]
    """Keys that only a token may be made of, and that are never stored."""
    same_within_s: float
    reads: tuple[Read, ...]
    samples: tuple[Mapping[str, Any], ...]


AREAS = Param(
    "areas",
    {},
    (),
    "areas.ZONE=AREA: which area of the site a zone, region, line or camera of the device is",
    "设备的区域、计数线或摄像机属于场所的哪个区域：区域=场所区域",
)
CLOCK = Param(
    "clock",
    "device",
    ("device", "receive"),
    "receive: the device's clock cannot be trusted at all",
    "receive：设备时钟完全不可信",
)
RESET_AT = Param(
    "reset_at",
    "",
    (),
    "HH:MM local, when the device sets its totals to zero each day; empty: never",
    "设备每天把累计值清零的当地时间 HH:MM；留空：从不",
)
SKEW = Param(
    "max_skew_s",
    900,
    (),
    "seconds beyond which the device's time is set aside for the receive time",
    "设备时间与接收时间相差超过多少秒时，以接收时间为准",
)


def envelope_of(said: Any) -> tuple[str, tuple[Read, ...]]:
    _only(said, "envelope", {"envelope", "title", "title_zh", "reads"})
    return _name(said["envelope"]), tuple(_read(one, frozenset()) for one in said["reads"])


def table_of(said: Any, envelopes: Mapping[str, tuple[Read, ...]]) -> Table:
    """Raises TableRefused with what is wrong."""
    allowed = {
        "table",
        "title",
        "title_zh",
        "params",
        "secret",
        "same_within_s",
        "envelopes",
        "emit",
        "reads",
        "samples",
    }
    _only(said, "table", allowed)
    secret = frozenset(said.get("secret", ()))
    emit = _emits(said.get("emit", ()), secret)
    reads = [_read(one, secret) for one in said.get("reads", ())]
    for name in said.get("envelopes", ()):
        if name not in envelopes:
            raise TableRefused(f"envelope {name!r} is none of {', '.join(envelopes)}")
        reads += [replace(read, emit=read.emit + emit) if read.carries else read for read in envelopes[name]]
    if not reads:
        raise TableRefused("a table needs reads or envelopes")
    return Table(
        name=_name(said["table"]),
        title=str(said.get("title", said["table"])),
        title_zh=str(said.get("title_zh", said.get("title", said["table"]))),
        params=_params(said.get("params", {}), reads),
        secret=secret,
        same_within_s=float(said.get("same_within_s", 5)),
        reads=tuple(reads),
        samples=tuple(said.get("samples", ())),
    )


def _only(said: Any, what: str, allowed: set[str]) -> None:
    if not isinstance(said, dict):
        raise TableRefused(f"{what}: an object expected")
    unknown = said.keys() - allowed
    if unknown:
        raise TableRefused(f"{what} has no {sorted(map(str, unknown))[0]}; it has: {', '.join(sorted(allowed))}")


def _name(text: Any) -> str:
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        raise TableRefused(f"{text!r} is no table's name: 2 to 64 of a-z 0-9 -")
    return text


def _params(said: Mapping[str, Any], reads: list[Read]) -> dict[str, Param]:
    found = {"areas": AREAS, "clock": CLOCK, "max_skew_s": SKEW}
    kinds = {kind for read in reads for emit in read.emit for kind in _kinds(emit.event)}
    if COUNTER in kinds:
        found["reset_at"] = RESET_AT
    for name, one in said.items():
        _only(one, f"param {name}", {"default", "one_of", "about", "about_zh", "needed"})
        known = found.get(name)
        found[name] = Param(
            name,
            one.get("default", known.default if known else None),
            tuple(one.get("one_of", ())),
            str(one.get("about", known.about if known else "")),
            str(one.get("about_zh", one.get("about", known.about_zh if known else ""))),
            bool(one.get("needed", False)),
        )
    return found


def _read(said: Any, secret: frozenset[str]) -> Read:
    allowed = [
        "topic",
        "payload",
        "max_bytes",
        "when",
        "split",
        "body",
        "time",
        "dedup",
        "dedup_by_clock",
        "backfill",
        "omits_zero",
        "emit",
        "carries",
    ]
    _only(said, "reads", set(allowed))
    form = said.get("payload", "json")
    if form not in READERS:
        raise TableRefused(f"payload {form!r} is none of {', '.join(READERS)}")
    topics = said.get("topic", "#")
    return Read(
        topics=tuple(pattern_of(topic) for topic in (topics if isinstance(topics, list) else [topics])),
        payload=form,
        bytes_max=int(said.get("max_bytes", BYTES_MAX)),
        when=_maybe(said.get("when")),
        split=_maybe(said.get("split")),
        body=_maybe(said.get("body")),
        time=_time(said.get("time")),
        dedup=tuple(compiled(text) for text in said.get("dedup", ())),
        dedup_by_clock=bool(said.get("dedup_by_clock", False)),
        backfill=_maybe(said.get("backfill")),
        omits_zero=bool(said.get("omits_zero", False)),
        emit=_emits(said.get("emit", ()), secret),
        carries=bool(said.get("carries", False)),
    )


def _maybe(text: Any) -> Expression | None:
    return None if text is None else compiled(text)


def _time(said: Any) -> TimeOf | None:
    if said is None:
        return None
    given = {"expr": said} if isinstance(said, str) else said
    _only(given, "time", {"expr", "format", "zone", "zone_expr", "trusted"})
    zone = str(given.get("zone", "site"))
    zone_of(zone, "UTC")
    return TimeOf(
        compiled(given["expr"]),
        str(given.get("format", "iso8601")),
        zone,
        _maybe(given.get("zone_expr")),
        bool(given.get("trusted", False)),
    )


def _emits(said: Any, secret: frozenset[str]) -> tuple[Emit, ...]:
    return tuple(_emit(one, secret) for given in said for one in _repeated(given))


def _repeated(said: Any) -> list[Any]:
    """`repeat: {n: 4}` writes the rule four times, with {n} replaced by 1 to 4: for payloads that number their keys."""
    if not isinstance(said, dict) or "repeat" not in said:
        return [said]
    ((name, times),) = said["repeat"].items()
    rule = {key: value for key, value in said.items() if key != "repeat"}
    return [_filled(rule, "{" + name + "}", str(n)) for n in range(1, int(times) + 1)]


def _filled(said: Any, mark: str, text: str) -> Any:
    if isinstance(said, str):
        return said.replace(mark, text)
    if isinstance(said, dict):
        return {key: _filled(value, mark, text) for key, value in said.items()}
    return [_filled(one, mark, text) for one in said] if isinstance(said, list) else said


def _emit(said: Any, secret: frozenset[str]) -> Emit:
    allowed = "event with when for_each for_each_entry inner enabled_if_param zone unmapped device time backfill level "
    _only(said, "emit", {*(allowed + "debounce_s dedup").split()})
    event = value_of(said["event"] if isinstance(said["event"], dict) else {"value": said["event"]})
    fields = {str(name): value_of(one) for name, one in said.get("with", {}).items()}
    _agree(event, fields)
    loop = said.get("for_each", said.get("for_each_entry"))
    found = Emit(
        event=event,
        fields=fields,
        enabled={
            name: tuple(one) if isinstance(one, list) else (one,)
            for name, one in said.get("enabled_if_param", {}).items()
        },
        for_each=_maybe(loop),
        entries="for_each_entry" in said,
        inner=_maybe(said.get("inner")),
        when=_maybe(said.get("when")),
        zone=value_of(said["zone"]) if "zone" in said else None,
        unmapped=_unmapped(said.get("unmapped", "own")),
        device=value_of(said["device"]) if "device" in said else None,
        time=_time(said.get("time")),
        backfill=bool(said.get("backfill", False)),
        level=_level(said.get("level")),
        debounce_s=float(said.get("debounce_s", 0)),
        once=tuple(compiled(text) for text in said.get("dedup", ())),
    )
    _keep_secret(found, secret)
    return found


def _unmapped(word: Any) -> str:
    if word not in ("own", "main", "skip"):
        raise TableRefused(f"unmapped is {word!r}; allowed: own, main, skip")
    return str(word)


def _kinds(event: Value) -> set[Any]:
    return {event.value} if not event.exprs else {*(event.map or {}).values(), event.otherwise} - {None}


def _agree(event: Value, fields: Mapping[str, Value]) -> None:
    kinds = _kinds(event)
    unknown = kinds - {*KINDS, COUNTER} | kinds & {"vendor.message"}
    if unknown or not kinds:
        raise TableRefused(f"event {sorted(map(str, unknown))} is no kind that a table can emit")
    for name in fields:
        if not any(name in ALLOWED[kind] for kind in kinds):
            raise TableRefused(f"{', '.join(sorted(kinds))} has no field {name}")
    for kind in kinds:
        missing = NEEDED[kind] - fields.keys()
        if missing:
            raise TableRefused(f"{kind} needs {sorted(missing)[0]}")


def _level(said: Any) -> Level | None:
    if said is None:
        return None
    _only(said, "level", {"name", "value", "rest"})
    return Level(str(said["name"]), value_of(said["value"]), said.get("rest"))


def _keep_secret(emit: Emit, secret: frozenset[str]) -> None:
    """What names a person leaves the table as a token or not at all."""
    plain = [emit.event, emit.zone, emit.device, emit.level.value if emit.level else None]
    plain += [value for value in emit.fields.values() if not value.token]
    for value in plain:
        if value is not None and value.names & secret:
            raise TableRefused(f"{sorted(value.names & secret)[0]} is secret: only a token may be made of it")
    for name in ("person", "worker"):
        if name in emit.fields and not emit.fields[name].token:
            raise TableRefused(f"{name} needs token: true")


def given_params(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    """All of a table's parameters, with defaults; texts (from a command line) become what they stand for.

    Raises TableRefused with the parameter and what is allowed.
    """
    zones = {name.removeprefix("areas."): area for name, area in given.items() if name.startswith("areas.")}
    said = {name: value for name, value in given.items() if not name.startswith("areas.")}
    if zones:
        said["areas"] = {**said.get("areas", {}), **zones}
    unknown = said.keys() - table.params.keys()
    if unknown:
        raise TableRefused(f"{table.name} has no parameter {sorted(unknown)[0]}; it has: {', '.join(table.params)}")
    missing = [param for param in table.params.values() if param.needed and not said.get(param.name)]
    if missing:
        raise TableRefused(f"{table.name} needs the parameter {missing[0].name}: {missing[0].about}")
    return {name: _param(param, said.get(name, param.default)) for name, param in table.params.items()}


def _param(param: Param, given: Any) -> Any:
    value: Any = given
    if isinstance(param.default, bool) and isinstance(given, str):
        value = {"true": True, "false": False}.get(given.lower(), given)
    elif isinstance(param.default, int) and isinstance(given, str) and given.isascii() and given.isdigit():
        value = int(given)
    if param.default is not None and type(value) is not type(param.default):
        raise TableRefused(f"{param.name} is {given!r}; allowed: {type(param.default).__name__}. {param.about}")
    if param.one_of and value not in param.one_of:
        raise TableRefused(f"{param.name} is {given!r}; allowed: {', '.join(map(str, param.one_of))}. {param.about}")
    if param.name == "reset_at" and value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise TableRefused(f"reset_at is {given!r}; allowed: HH:MM")
    if param.name == "areas":
        _check_areas(value)
    return value


def _check_areas(areas: Mapping[str, Any]) -> None:
    for zone, area in areas.items():
        if not isinstance(area, str) or not AREA.fullmatch(area):
            raise TableRefused(f"areas.{zone} is {area!r}; allowed: an area's code, 1 to 32 of a-z 0-9 -")
