"""What the pages of the registry show."""

from dataclasses import dataclass

from dashboard.rows import Kin
from models.base import Instant
from models.place_plan import Notice


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """A line of the list of registered sites. `users` have a password that is good."""

    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    users: int
    devices: int
    heard_at: Instant | None
    ended_from: Instant | None


@dataclass(frozen=True, slots=True)
class UserRow:
    """Who may speak for a site at the broker. No message tells by which user it came.

    So `heard_of` says whose last message `heard_at` is: the `device`'s of that name, or the `site`'s; `unheard` where no
    device has that name, `revoked` where it came after this user was let in no more.
    """

    name: str
    device: str | None
    made_at: Instant
    revoked_at: Instant | None
    heard_of: str
    heard_at: Instant | None


@dataclass(frozen=True, slots=True)
class TermRow:
    """One thing about a site that holds from a day on; `what` is a column of the registry file."""

    since: Instant
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class RegistrySite:
    """All that the registry says of one site. `cells` are the columns of a registry file as its line would have them."""

    cells: dict[str, str]
    name_zh: str
    name_en: str
    heard_at: Instant | None
    users: tuple[UserRow, ...]
    devices: tuple[str, ...]
    terms: tuple[TermRow, ...]
    kin: Kin


@dataclass(frozen=True, slots=True)
class Credential:
    """A user of the broker with its password, which is shown once and kept nowhere."""

    name: str
    password: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    site: str
    credentials: tuple[Credential, ...] = ()
    changed: tuple[str, ...] = ()
    replayed: int = 0
    warnings: tuple[Notice, ...] = ()
