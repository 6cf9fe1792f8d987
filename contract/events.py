"""Every kind of event, typed and strict: a field that is not here is refused, `null` is no value, `true` is not 1.

Optional fields are None inside when they are absent on the wire. Patterns match the whole string.
"""

from datetime import date
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from contract.moments import Moment, format_instant
from contract.topics import SITE

MAX_VENDOR_BYTES = 65536

ABSENT: Any = None
"""The default of an optional field; its type does not admit null, so `null` on the wire is refused."""


def _whole(pattern: str) -> str:
    """`$` would also match before a final line break."""
    return rf"\A(?:{pattern})\Z"


ID = r"[A-Za-z0-9._:-]{1,64}"
BOOT = r"[A-Za-z0-9_-]{1,16}"
AREA = r"[a-z0-9][a-z0-9-]{0,31}"
TOKEN = r"[A-Za-z0-9_-]{6,64}"
CODE = r"[A-Z][A-Z0-9._]{1,15}"
WORD = r"[a-z0-9_]{1,32}"
LABEL = r"[^\x00-\x1f\x7f]{1,64}"

Id = Annotated[str, Meta(pattern=_whole(ID))]
Boot = Annotated[str, Meta(pattern=_whole(BOOT))]
Name = Annotated[str, Meta(pattern=_whole(SITE))]
Area = Annotated[str, Meta(pattern=_whole(AREA))]
Token = Annotated[str, Meta(pattern=_whole(TOKEN))]
Code = Annotated[str, Meta(pattern=_whole(CODE))]
Word = Annotated[str, Meta(pattern=_whole(WORD))]
Label = Annotated[str, Meta(pattern=_whole(LABEL))]

Seq = Annotated[int, Meta(ge=1, le=2**53)]
Count = Annotated[int, Meta(ge=0, le=100_000)]
Passed = Annotated[int, Meta(ge=0, le=10_000)]
Fen = Annotated[int, Meta(ge=0, le=10**9)]
Amount = Annotated[int, Meta(ge=0, le=10_000)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Milliseconds = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Queued = Annotated[int, Meta(ge=0, le=2**53)]

Meal = Literal["breakfast", "lunch", "dinner"]
Mode = Literal["dine_in", "pick_up", "delivery"]


class Place(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a visit was checked in: WGS-84 degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, Meta(ge=0, le=10**7)] = ABSENT
    mock: bool = ABSENT


class Lost(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Numbers that a sender gave up: the platform closes them."""

    boot: Boot
    from_: Seq
    to: Seq

    def __post_init__(self) -> None:
        if self.from_ > self.to:
            raise ValueError("`from` is behind `to`")


class Envelope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """What every event carries. `boot` and `seq` come both or not at all."""

    id: Id
    at: Moment
    boot: Boot = ABSENT
    seq: Seq = ABSENT
    device: Name = ABSENT
    site: Name = ABSENT
    backfill: bool = False

    def __post_init__(self) -> None:
        if (self.boot is None) != (self.seq is None):
            raise ValueError("missing_field: boot and seq come both or not at all")


class OccupancyCount(Envelope, frozen=True, kw_only=True, tag="occupancy.count"):
    """People in the area now; replaces what was believed."""

    area: Area = "main"
    count: Count
    method: Literal["sensor", "staff", "reset"] = "sensor"


class OccupancyFlow(Envelope, frozen=True, kw_only=True, tag="occupancy.flow", rename={"in_": "in"}):
    """People who passed since the last report of this device."""

    area: Area = "main"
    in_: Passed
    out: Passed


class PersonIn(Envelope, frozen=True, kw_only=True, tag="person.in"):
    """A known guest or resident comes."""

    person: Token
    area: Area = "main"
    method: Literal["card", "qr", "face", "desk", "auto"] = ABSENT


class PersonOut(Envelope, frozen=True, kw_only=True, tag="person.out"):
    """A known guest or resident goes."""

    person: Token
    area: Area = "main"
    method: Literal["card", "qr", "face", "desk", "auto"] = ABSENT


class MealServed(Envelope, frozen=True, kw_only=True, tag="meal.served"):
    """One meal."""

    meal: Meal
    mode: Mode
    person: Token = ABSENT
    price_fen: Fen = ABSENT
    subsidy_fen: Fen = ABSENT


class MealBooked(Envelope, frozen=True, kw_only=True, tag="meal.booked", rename={"for_": "for"}):
    """A meal ordered for a date."""

    meal: Meal
    mode: Mode
    for_: date
    person: Token = ABSENT


class MealCancelled(Envelope, frozen=True, kw_only=True, tag="meal.cancelled", rename={"for_": "for"}):
    """An order taken back."""

    meal: Meal
    mode: Mode
    for_: date
    person: Token = ABSENT


class ServicePlanned(Envelope, frozen=True, kw_only=True, tag="service.planned"):
    """The plan; the latest by effective time counts."""

    service: Id
    type: Code
    due_at: Moment
    minutes: Amount = ABSENT
    person: Token = ABSENT
    worker: Token = ABSENT
    price_fen: Fen = ABSENT


class ServiceStarted(Envelope, frozen=True, kw_only=True, tag="service.started"):
    """Started, or the home visit's check-in."""

    service: Id
    type: Code = ABSENT
    person: Token = ABSENT
    worker: Token = ABSENT
    method: Literal["qr", "nfc", "gps", "phone", "desk"] = ABSENT
    place: Place = ABSENT


class ServiceCompleted(Envelope, frozen=True, kw_only=True, tag="service.completed"):
    """Completed, or check-out."""

    service: Id
    type: Code = ABSENT
    method: Literal["qr", "nfc", "gps", "phone", "desk"] = ABSENT
    place: Place = ABSENT
    units: Amount = ABSENT
    price_fen: Fen = ABSENT


class ServiceCancelled(Envelope, frozen=True, kw_only=True, tag="service.cancelled"):
    """Will not be given."""

    service: Id
    by: Literal["elder", "provider", "system"]
    reason: Word = ABSENT


class ServiceConfirmed(Envelope, frozen=True, kw_only=True, tag="service.confirmed"):
    """The elder or family agrees that it was given."""

    service: Id
    method: Literal["pin", "card", "sign", "family", "call", "witness"]


class BedMoved(Envelope, frozen=True, kw_only=True, tag="bed.moved"):
    """A resident's roll and whereabouts."""

    person: Token
    move: Literal["admit", "discharge", "leave", "return", "hospital", "death", "transfer"]
    bed: Label = ABSENT


class AlarmRaised(Envelope, frozen=True, kw_only=True, tag="alarm.raised"):
    """Somebody or something calls; `alarm` pairs it with its clearing."""

    alarm: Id
    type: Code
    area: Area = ABSENT
    person: Token = ABSENT
    value: float = ABSENT


class AlarmCleared(Envelope, frozen=True, kw_only=True, tag="alarm.cleared"):
    """The cause is gone."""

    alarm: Id
    type: Code
    area: Area = ABSENT
    person: Token = ABSENT
    value: float = ABSENT


class SiteOpened(Envelope, frozen=True, kw_only=True, tag="site.opened"):
    """The doors open."""

    by: Id = ABSENT


class SiteClosed(Envelope, frozen=True, kw_only=True, tag="site.closed"):
    """The doors close."""

    by: Id = ABSENT


class StaffOn(Envelope, frozen=True, kw_only=True, tag="staff.on"):
    """A shift begins."""

    worker: Token
    role: Literal["care", "nurse", "cook", "desk", "manager"]


class StaffOff(Envelope, frozen=True, kw_only=True, tag="staff.off"):
    """A shift ends."""

    worker: Token
    role: Literal["care", "nurse", "cook", "desk", "manager"]


class RatingGiven(Envelope, frozen=True, kw_only=True, tag="rating.given"):
    """1 to 5."""

    score: Annotated[int, Meta(ge=1, le=5)]
    service: Id = ABSENT


class DeviceStatus(Envelope, frozen=True, kw_only=True, tag="device.status"):
    """Also the heartbeat."""

    online: bool
    battery_pct: Percent = ABSENT
    clock_offset_ms: Milliseconds = ABSENT
    queued: Queued = ABSENT
    firmware: Label = ABSENT
    lost: Annotated[list[Lost], Meta(max_length=1000)] = ABSENT


class Observation(Envelope, frozen=True, kw_only=True, tag="observation"):
    """Environment and presence without a head count."""

    metric: Word
    value: float
    area: Area = ABSENT


class DoorOpened(Envelope, frozen=True, kw_only=True, tag="door.opened"):
    """A door opens."""

    area: Area = ABSENT


class DoorClosed(Envelope, frozen=True, kw_only=True, tag="door.closed"):
    """A door closes."""

    area: Area = ABSENT


class VendorMessage(Envelope, frozen=True, kw_only=True, tag="vendor.message"):
    """A vendor's bytes, wrapped by the agent; exactly one of `text` and `base64`."""

    device: Name
    topic: Annotated[str, Meta(min_length=1, max_length=1024)]
    text: Annotated[str, Meta(max_length=MAX_VENDOR_BYTES)] = ABSENT
    base64: Annotated[str, Meta(max_length=(MAX_VENDOR_BYTES + 2) // 3 * 4)] = ABSENT

    def __post_init__(self) -> None:
        Envelope.__post_init__(self)
        if self.text is None and self.base64 is None:
            raise ValueError("missing_field: text or base64")
        if self.text is not None and self.base64 is not None:
            raise ValueError("text and base64 exclude each other")
        if len(self.octets()) > MAX_VENDOR_BYTES:
            raise ValueError("longer than 64 KiB")

    def octets(self) -> bytes:
        """The vendor's bytes. Raises ValueError for what is not base64."""
        import base64

        if self.text is not None:
            return self.text.encode()
        return base64.b64decode(self.base64, validate=True)


Event = (
    OccupancyCount
    | OccupancyFlow
    | PersonIn
    | PersonOut
    | MealServed
    | MealBooked
    | MealCancelled
    | ServicePlanned
    | ServiceStarted
    | ServiceCompleted
    | ServiceCancelled
    | ServiceConfirmed
    | BedMoved
    | AlarmRaised
    | AlarmCleared
    | SiteOpened
    | SiteClosed
    | StaffOn
    | StaffOff
    | RatingGiven
    | DeviceStatus
    | Observation
    | DoorOpened
    | DoorClosed
    | VendorMessage
)

KINDS: tuple[str, ...] = tuple(kind.__struct_config__.tag for kind in get_args(Event))
_KIND_OF = {kind: kind.__struct_config__.tag for kind in get_args(Event)}


def kind_of(event: Event) -> str:
    """The word on the wire, e.g. `occupancy.flow`."""
    return str(_KIND_OF[type(event)])


def encode_event(event: Event) -> bytes:
    """As it crosses the wire; absent fields are left out."""
    return msgspec.json.encode(_with_text(event))


def encode_events(events: list[Event]) -> bytes:
    return b"[" + b",".join(map(encode_event, events)) + b"]"


def _with_text(event: Event) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(event, enc_hook=int)
    for name in ("at", "due_at"):
        if name in said:
            said[name] = format_instant(said[name])
    return said
