"""The shape of config.yaml: typed, frozen, overridable by environment; a wrong value stops the start and says where.

Order: config.yaml (or the file in ELDERCARE_CONFIG), then ELDERCARE_<SECTION>_<KEY>. Every key must be in the shape;
an unknown one, in the file or in the environment, is an error, so that a typo never passes silently.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

PREFIX = "ELDERCARE_"


class ConfigError(Exception):
    """What is wrong, where it stands, and what is allowed."""


def _number(low: float, high: float) -> Any:
    return field(metadata={"range": (low, high)})


def _text(pattern: str, allowed: str) -> Any:
    return field(metadata={"pattern": pattern, "allowed": allowed})


def _switch() -> Any:
    return field(metadata={"allowed": "true or false"})


_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_BEGIN = r"(INST|STC|CST|NSP|DCC|MEAL|MPT|HCO|HUB)=(0\d|1[01]):00"
"""Of the days of a kind of sites: their hours are added up with other sites', and their letters go out in the morning."""


def secret_in(path: str) -> str:
    """A secret that stands in a file of its own. Raises ConfigError when it cannot be read, and when others can read it."""
    try:
        # Windows has no such modes.
        if os.name == "posix" and Path(path).stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others can read this secret, so it is none; run `chmod 600 {path}`")
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__}); it should hold a secret") from error


@dataclass(frozen=True)
class Database:
    url: str = _text(r"(sqlite:///|postgresql://).+", "sqlite:///path or postgresql://user:password@host/name")
    password_file: str = _text(r".*", "a path or nothing")
    busy_timeout_s: float = _number(0.1, 60)
    answer_timeout_s: float = _number(0.5, 3600)
    cache_mib: int = _number(1, 65536)
    seal_key_file: str = _text(r".+", "a path")

    def with_password(self) -> "Database":
        """The password of `password_file` stands in the address from here on."""
        if not self.password_file:
            return self
        parts = urlsplit(self.url)
        if not parts.username:
            raise ConfigError(
                "database.password_file is set, but database.url names no user: postgresql://user@host/name"
            )
        user = f"{parts.username}:{quote(secret_in(self.password_file), safe='')}"
        return replace(self, url=parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl())


@dataclass(frozen=True)
class Broker:
    url: str = _text(r"mqtts?://.+", "mqtt://[user:password@]host[:port] or mqtts://…")
    password_file: str = _text(r".*", "a path or nothing")
    client_id: str = _text(r"[A-Za-z0-9_-]{1,64}", "1 to 64 of A-Z a-z 0-9 _ -")
    keepalive_s: int = _number(2, 3600)
    ca_file: str = _text(r".*", "a path or nothing")
    doctor_user: str = _text(r"[A-Za-z0-9._-]*", "a user of the broker or nothing")
    doctor_password_file: str = _text(r".*", "a path or nothing")
    files: str = _text(r".*", "a folder or nothing")
    sites_url: str = _text(r"(mqtts?://[^@]+)?", "mqtt://host[:port] or mqtts://host[:port] without a user, or nothing")

    @property
    def for_sites(self) -> "Broker":
        """The same broker as sites reach it, as nobody yet."""
        scheme = "mqtts" if self.tls else "mqtt"
        return replace(self, url=self.sites_url or f"{scheme}://{self.host}:{self.port}", password_file="")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (8883 if self.tls else 1883)

    @property
    def tls(self) -> bool:
        return self.url.startswith("mqtts:")

    @property
    def user(self) -> str | None:
        return urlsplit(self.url).username

    @property
    def password(self) -> str | None:
        if self.password_file:
            return secret_in(self.password_file)
        return urlsplit(self.url).password

    def as_user(self, name: str, password_file: str) -> "Broker":
        """The same broker for another of its users."""
        address = f"{'mqtts' if self.tls else 'mqtt'}://{name}@{self.host}:{self.port}"
        return replace(self, url=address, password_file=password_file)


@dataclass(frozen=True)
class Web:
    host: str = _text(r"[0-9A-Za-z.:_-]+", "a host name or address")
    port: int = _number(1, 65535)
    workers: int = _number(1, 256)
    allow_plain_http: bool = _switch()
    feed_every_ms: int = _number(10, 1000)
    frames_per_s_max: int = _number(1, 20)
    frames_sent_per_s_max: int = _number(100, 1_000_000)
    stream_minutes: float = _number(0.05, 15)
    session_idle_min: int = _number(1, 10080)
    session_hours: int = _number(1, 720)
    simulated: bool = _switch()
    chromium: str = _text(r".*", "a program or nothing")
    link_minutes: int = _number(1, 1440)
    sign_ins_per_min: int = _number(1, 100_000)
    exports_per_min: int = _number(1, 100_000)
    acts_per_min: int = _number(1, 100_000)
    calls_per_min: int = _number(1, 1_000_000)
    reveals_per_hour: int = _number(1, 1000)
    reveal_s: int = _number(5, 600)


@dataclass(frozen=True)
class Accounts:
    argon2_memory_mib: int = _number(1, 4096)
    argon2_passes: int = _number(1, 100)
    argon2_lanes: int = _number(1, 16)
    hashes_at_once: int = _number(1, 64)
    hashes_waiting: int = _number(0, 1000)
    second_factor_roles: str = _text(r"[a-z]+(, ?[a-z]+)*", "roles with a comma between")
    oidc_issuer: str = _text(
        r"(https://.+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(/.*)?)?",
        "https://…, or http:// on this machine alone, or nothing",
    )
    oidc_client_id: str = _text(r".*", "what the provider calls us, or nothing")
    oidc_secret_file: str = _text(r".*", "a path or nothing")
    oidc_name_claim: str = _text(r"[A-Za-z0-9_:./-]+", "the name of a claim")
    oidc_group_claim: str = _text(r"[A-Za-z0-9_:./-]*", "the name of a claim or nothing")
    oidc_second_factor: str = _text(
        r"((amr|acr)=[^\s,]+(, ?(amr|acr)=[^\s,]+)*)?", "amr=VALUE or acr=VALUE with a comma between, or nothing"
    )
    oidc_groups: str = _text(
        r"([^\s,=]+=[a-z]+(:[^\s,]+)?(, ?[^\s,=]+=[a-z]+(:[^\s,]+)?)*)?",
        "GROUP=ROLE or GROUP=ROLE:SCOPE with a comma between, or nothing",
    )


@dataclass(frozen=True)
class Time:
    zone: str = _text(r".+", "an IANA time zone such as Asia/Shanghai")
    days_file: str = _text(r".*", "a path or nothing")
    day_begins: str = _text(rf"({_BEGIN}(, ?{_BEGIN})*)?", "KIND=HH:00 before noon, with a comma between, or nothing")
    language: str = _text(r"zh|en", "zh or en")

    @property
    def begins(self) -> dict[str, int]:
        """Of the kinds of sites whose days begin later than midnight: minutes after it."""
        said = [one.strip().partition("=") for one in self.day_begins.split(",") if one]
        return {kind: int(clock[:2]) * 60 for kind, _, clock in said if clock != "00:00"}


@dataclass(frozen=True)
class ClockShift:
    offset_s: float = _number(-1e9, 1e9)
    jump_s: int = _number(1, 3600)


@dataclass(frozen=True)
class Ingest:
    batch_events: int = _number(1, 100_000)
    batch_ms: int = _number(0, 10_000)
    unacked_mib_max: int = _number(1, 4096)
    back_off_ms: int = _number(1, 60_000)
    back_off_ms_max: int = _number(1, 600_000)
    ack_every_ms: int = _number(0, 60_000)
    lock_wait_s: float = _number(0, 600)
    keep_raw_days: int = _number(1, 36_500)
    keep_ledger_days: int = _number(7, 36_500)
    keep_quarantine_days: int = _number(1, 3650)
    keep_places_days: int = _number(1, 36_500)
    keep_tokens_days: int = _number(1, 36_500)
    keep_persons_days: int = _number(1, 36_500)
    token_key_file: str = _text(r".+", "a path")


@dataclass(frozen=True)
class States:
    late_after_s: int = _number(1, 86_400)
    silent_after_s: int = _number(1, 604_800)


@dataclass(frozen=True)
class Quality:
    lag_s: int = _number(1, 86_400)
    offset_s: int = _number(1, 86_400)
    automatic_pct: int = _number(0, 100)


@dataclass(frozen=True)
class Alarms:
    page_within_min: int = _number(1, 1440)
    overcap_pct: int = _number(1, 1000)
    overcap_clear_pct: int = _number(1, 1000)
    overcap_urgent_pct: int = _number(1, 1000)
    overcap_for_s: int = _number(0, 86_400)
    nearcap_pct: int = _number(1, 1000)
    nearcap_clear_pct: int = _number(1, 1000)
    nearcap_for_s: int = _number(0, 86_400)
    notopen_after_min: int = _number(0, 1440)
    notopen_early_min: int = _number(0, 1440)
    stuck_after_min: int = _number(1, 10_080)
    stuck_entries: int = _number(1, 100_000)
    stuck_usual: int = _number(0, 100_000)
    stuck_below: int = _number(1, 100_000)
    left_behind_after_min: int = _number(0, 1440)
    service_late_min: int = _number(1, 1440)
    service_urgent_min: int = _number(1, 1440)
    service_forget_min: int = _number(1, 10_080)
    overrun_pct: int = _number(100, 10_000)
    lowbat_pct: int = _number(0, 100)
    lowbat_clear_pct: int = _number(0, 100)
    clock_off_s: int = _number(1, 86_400)
    lunch_from: str = _text(_CLOCK, "HH:MM")
    lunch_until: str = _text(_CLOCK, "HH:MM")
    dinner_from: str = _text(_CLOCK, "HH:MM")
    dinner_until: str = _text(_CLOCK, "HH:MM")
    meal_stopped_min: int = _number(1, 240)
    meal_left: int = _number(1, 10_000)
    elders_per_carer: int = _number(1, 1000)
    elders_per_carer_night: int = _number(1, 1000)
    staff_low_for_min: int = _number(0, 1440)
    night_from: str = _text(_CLOCK, "HH:MM")
    night_until: str = _text(_CLOCK, "HH:MM")
    bedexit_after_min: int = _number(0, 1440)
    inactive_after_min: int = _number(0, 1440)
    sensor_heard_min: int = _number(1, 10_080)
    cert_days: int = _number(1, 365)
    hearing_settle_s: int = _number(0, 86_400)
    own_gap_s: int = _number(5, 86_400)
    reopen_within_min: int = _number(0, 1440)
    storm_sites: int = _number(1, 100_000)
    storm_within_min: int = _number(1, 1440)
    quiet_from: str = _text(_CLOCK, "HH:MM")
    quiet_until: str = _text(_CLOCK, "HH:MM")
    quiet_grade: int = _number(2, 5)
    keep_steps_days: int = _number(1, 36_500)
    window_days_max: int = _number(1, 366)
    remind_every_min: int = _number(1, 1440)


@dataclass(frozen=True)
class Deadlines:
    sos_ack_s: int = _number(0, 2_592_000)
    sos_fix_s: int = _number(0, 2_592_000)
    fall_ack_s: int = _number(0, 2_592_000)
    fall_fix_s: int = _number(0, 2_592_000)
    fire_ack_s: int = _number(0, 2_592_000)
    fire_fix_s: int = _number(0, 2_592_000)
    wander_ack_s: int = _number(0, 2_592_000)
    wander_fix_s: int = _number(0, 2_592_000)
    vital_ack_s: int = _number(0, 2_592_000)
    vital_fix_s: int = _number(0, 2_592_000)
    bedexit_ack_s: int = _number(0, 2_592_000)
    bedexit_fix_s: int = _number(0, 2_592_000)
    inact_ack_s: int = _number(0, 2_592_000)
    inact_fix_s: int = _number(0, 2_592_000)
    overcap_ack_s: int = _number(0, 2_592_000)
    overcap_fix_s: int = _number(0, 2_592_000)
    offline_ack_s: int = _number(0, 2_592_000)
    offline_fix_s: int = _number(0, 2_592_000)
    notopen_ack_s: int = _number(0, 2_592_000)
    stuck_fix_s: int = _number(0, 2_592_000)
    late_ack_s: int = _number(0, 2_592_000)
    mealshort_ack_s: int = _number(0, 2_592_000)
    stafflow_ack_s: int = _number(0, 2_592_000)
    incid_ack_s: int = _number(0, 2_592_000)
    lowbat_fix_s: int = _number(0, 2_592_000)
    cert_fix_s: int = _number(0, 2_592_000)
    clock_fix_s: int = _number(0, 2_592_000)
    own_ack_s: int = _number(0, 2_592_000)


@dataclass(frozen=True)
class Notify:
    smtp_host: str = _text(r"[0-9A-Za-z.:_-]*", "a host name or nothing")
    smtp_port: int = _number(1, 65535)
    smtp_security: str = _text(r"starttls|tls|none", "starttls, tls or none")
    smtp_user: str = _text(r".*", "a user name or nothing")
    smtp_password_file: str = _text(r".*", "a path or nothing")
    email_from: str = _text(r"[^\s,@]+@[^\s,@]+", "an address")
    email_to: str = _text(r"([^\s,@]+@[^\s,@]+(, ?[^\s,@]+@[^\s,@]+)*)?", "addresses with a comma between, or nothing")
    webhook_address_file: str = _text(r".*", "a path or nothing")
    webhook_secret_file: str = _text(r".*", "a path or nothing")
    wecom_address_file: str = _text(r".*", "a path or nothing")
    dingtalk_address_file: str = _text(r".*", "a path or nothing")
    dingtalk_secret_file: str = _text(r".*", "a path or nothing")
    feishu_address_file: str = _text(r".*", "a path or nothing")
    feishu_secret_file: str = _text(r".*", "a path or nothing")
    watcher_address_file: str = _text(r".*", "a path or nothing")
    recipients_folder: str = _text(r".+", "a path")
    tries_max: int = _number(1, 100)
    retry_after_s: float = _number(0.01, 3600)
    retry_after_s_max: float = _number(0.01, 86_400)


@dataclass(frozen=True)
class Wall:
    dwell_s: int = _number(5, 600)
    hold_min: int = _number(1, 1440)
    code_min: int = _number(1, 60)
    dim_from: str = _text(_CLOCK, "a clock such as 22:00")
    dim_until: str = _text(_CLOCK, "a clock such as 06:00")
    dim_pct: int = _number(20, 100)


@dataclass(frozen=True)
class Letters:
    sign_by: str = _text(_CLOCK, "HH:MM")
    wait_min: int = _number(0, 720)
    keep_days: int = _number(1, 36_500)
    domains: str = _text(r"([^\s,@]+(, ?[^\s,@]+)*)?", "domains of addresses with a comma between, or nothing")


@dataclass(frozen=True)
class Edge:
    outbox: str = _text(r".+", "a path")
    outbox_events_max: int = _number(1, 1_000_000_000)
    resend_after_s: float = _number(0.1, 3600)
    heartbeat_every_s: float = _number(1, 86_400)
    in_flight_max: int = _number(1, 10_000)


@dataclass(frozen=True)
class Config:
    database: Database
    broker: Broker
    web: Web
    accounts: Accounts
    time: Time
    clock: ClockShift
    ingest: Ingest
    states: States
    alarms: Alarms
    deadlines: Deadlines
    notify: Notify
    quality: Quality
    wall: Wall
    letters: Letters
    edge: Edge


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""By libyaml where PyYAML was built with it: every program reads the file before it does anything else."""
SECTIONS: dict[str, type[Any]] = get_type_hints(Config)


@dataclass(frozen=True)
class _Given:
    """A value before it is checked, and where a person finds it."""

    text: str
    where: str


def load(path: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the file and the environment.

    Raises ConfigError with the key, the line and what is allowed.
    """
    chosen = Path(path or environ.get(PREFIX + "CONFIG") or Path(__file__).with_name("config.yaml"))
    given = _from_file(chosen)
    _override(given, environ)
    sections = {
        name: kind(**{part.name: _checked(name, part, kind, given, chosen) for part in fields(kind)})
        for name, kind in SECTIONS.items()
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


def _checked(section: str, part: Any, kind: type[Any], given: dict[tuple[str, str], _Given], path: Path) -> Any:
    found = given.get((section, part.name))
    if found is None:
        raise ConfigError(f"{path}: {section}.{part.name} is missing; {_allowed(part, kind)}")
    try:
        return _convert(found.text, get_type_hints(kind)[part.name], part)
    except ValueError as error:
        secret = "…" if "password" in part.name or "@" in found.text else repr(found.text)
        raise ConfigError(f"{found.where}: {section}.{part.name} is {secret}; {_allowed(part, kind)}") from error


def _convert(text: str, kind: type[Any], part: Any) -> Any:
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if kind is str:
        if not re.fullmatch(part.metadata["pattern"], text):
            raise ValueError(text)
        return text
    value = kind(text)
    low, high = part.metadata["range"]
    if not low <= value <= high:
        raise ValueError(text)
    return value


def _allowed(part: Any, kind: type[Any]) -> str:
    type_ = get_type_hints(kind)[part.name]
    if type_ in (bool, str):
        return f"allowed: {part.metadata['allowed']}"
    low, high = part.metadata["range"]
    return f"allowed: {'a whole number' if type_ is int else 'a number'} from {low:g} to {high:g}"


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
