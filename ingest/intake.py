"""One batch in one transaction: sort out → keep → derive → reject → fold → number the change.

This is the file to read first. Whatever came, by the broker or by the inbox, each element ends as exactly one of: a new
event, a duplicate, a rejected row. Only new events change numbers, so a redelivery changes none.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

import contract
from config import Config
from contract import Accepted, Reason, Refused, Status
from ingest.deriving import Meant, Told, judged, left_out, says_nothing_new, settled, tokens_of, understood, why_not
from ingest.device_memory import Memories, OneDevice, OneMessage
from ingest.folds import Fresh
from ingest.folds.alarms import fold_alarms
from ingest.folds.cards import fold_cards
from ingest.folds.days import Elsewhere, Retained, fold_days
from ingest.folds.diary import fold_diary
from ingest.folds.head_counts import fold_head_counts
from ingest.folds.observed import fold_observed
from ingest.folds.residents import fold_residents
from ingest.folds.services import fold_services
from ingest.folds.sites import Said, fold_devices, fold_minutes, fold_sites
from ingest.folds.streams import Arrivals, Arrived, Outbox, fold_streams
from ingest.reading import Item, RawBytes, set_aside, whole
from ingest.registry import Registry
from ingest.store import EventRow, Identity, RejectedRow, Store
from models.base import Instant
from models.deadlines import deadlines_of
from models.event import BACKFILL, BY_INBOX, CLOCK_AHEAD, CLOCK_UNSET, COUNT_METHOD, KIND_NUMBER, SLOT_US
from models.occupancy import COUNTING
from models.site_state import is_sign_of_life
from models.stream import Kept

STORED, DUPLICATE, SAID = "stored", "duplicate", "said"
_DAY: Instant = 86_400_000_000
_OLD = "delivered with the retain flag and not known: an old message is no news"
_FLAGS = {None: 0, "clock_ahead": CLOCK_AHEAD, "clock_unset": CLOCK_UNSET}
_ENVELOPE = frozenset(("id", "kind", "at", "device", "boot", "seq", "site", "backfill", "area"))


class Candidate(Struct, frozen=True, gc=False):
    """An element that may become an event, if nobody was first."""

    place: int
    """In the batch."""
    item: Item
    accepted: Accepted
    row: EventRow
    identity: Identity


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch; `verdicts` stand beside the items: `stored`, `duplicate`, `said` or a reason."""

    verdicts: list[str]
    accounts: dict[Outbox, Kept]
    hurry: set[Outbox]
    """Outboxes that sent something again: their ack was lost, so it goes out at once."""
    fresh: list[Fresh]
    said: list[Said]


@dataclass
class Batch:
    """The stages of one transaction; lives as long as it does."""

    store: Store
    registry: Registry
    cfg: Config
    items: list[Item]
    now: Instant
    verdicts: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    refusals: list[tuple[Item, Refused]] = field(default_factory=list)
    left_out: list[RejectedRow] = field(default_factory=list)
    """What a vendor's message meant and cannot be kept, though the message is."""
    said: list[Said] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    fresh: list[Fresh] = field(default_factory=list)
    arrivals: Arrivals = field(default_factory=lambda: defaultdict(Arrived))
    hurry: set[Outbox] = field(default_factory=set)
    oldest: Instant = field(init=False)
    """Raw events before it are no longer kept."""

    def __post_init__(self) -> None:
        self.oldest = self.now - self.cfg.ingest.keep_raw_days * _DAY

    def take_in(self) -> Taken:
        with self.store.together(len(self.items)):
            return self._taken()

    def _taken(self) -> Taken:
        self.registry.refresh(self.store)
        self.sort_out()
        self.keep()
        self.derive()
        self.reject()
        self.fold()
        accounts = fold_streams(self.store, self.arrivals)
        return Taken(self.verdicts, accounts, self.hurry, self.fresh, self.said)

    def sort_out(self) -> None:
        """Tell candidates from what cannot count, whoever came first."""
        self.verdicts = [""] * len(self.items)
        for index, item in enumerate(self.items):
            if isinstance(item.element, Refused):
                self._refuse(index, item, item.element)
            elif isinstance(item.element, Status):
                self._line_status(index, item, item.element)
            elif item.element is None:
                self.verdicts[index] = SAID
            elif isinstance(item.element, RawBytes):
                self._understand(index, item, item.message.received_at)
            else:
                self._candidate(index, item, item.element)

    def _refuse(self, index: int, item: Item, refused: Refused) -> None:
        self.verdicts[index] = str(refused.reason)
        self.refusals.append((item, refused))
        self._arrived(item, refused.boot, refused.seq, rejected=1)

    def _arrived(self, item: Item, boot: str | None, seq: int | None, rejected: int = 0, duplicate: int = 0) -> None:
        """Every number that reaches the platform is kept, as whatever it turns out to be."""
        if boot is None or seq is None:
            return
        outbox = item.site, boot
        arrived = self.arrivals[outbox]
        arrived.numbers.append(seq)
        message = item.message
        if message.origin.rejected_id is not None:
            return  # A replay: this delivery was counted when it came.
        arrived.rejected += rejected
        arrived.duplicates += duplicate
        arrived.heard_at = max(arrived.heard_at, message.received_at)
        if duplicate:
            self.hurry.add(outbox)

    def _line_status(self, index: int, item: Item, status: Status) -> None:
        site_id = self.registry.site(item.site)
        if site_id is None:
            self._refuse(index, item, _unknown_site_status(item))
            return
        self.verdicts[index] = SAID
        stale = item.message.retained or item.message.origin.rejected_id is not None
        self.said.append(Said(index, site_id, status, stale, item.message.received_at))

    def _candidate(self, index: int, item: Item, accepted: Accepted) -> None:
        site_id = self.registry.site(item.site)
        at, flag = contract.effective_time(accepted.event.at, item.message.received_at)
        kind = contract.kind_of(accepted.event)
        if site_id is None and item.message.retained:
            # Not quarantine: once the site is registered, a replay could not tell it from news.
            self._refuse(index, item, set_aside(accepted, Reason.retained, _OLD))
        elif site_id is None:
            self._refuse(index, item, set_aside(accepted, Reason.unknown_site, "not in the registry"))
        elif at < self.oldest:
            detail = f"older than the {self.cfg.ingest.keep_raw_days} days of raw events that are kept"
            self._refuse(index, item, set_aside(accepted, Reason.bad_time, detail))
        elif kind != "vendor.message" or self._understand(index, item, at):
            row = self._row(site_id, item, accepted.event, kind, at, flag)
            self.candidates.append(Candidate(index, item, accepted, row, row.identity))

    def _understand(self, index: int, item: Item, at: Instant) -> bool:
        """Whether a binding reads a vendor's bytes."""
        told = understood(index, item, at, self.registry.bindings, self.cfg)
        if isinstance(told, Refused):
            self._refuse(index, item, told)
            return False
        self.told.append(told)
        return True

    def _row(self, site_id: int, item: Item, event: Any, kind: str, at: Instant, flag: str | None) -> EventRow:
        number = KIND_NUMBER[kind]
        area = getattr(event, "area", None) or ("main" if number in COUNTING else None)
        a, b = _counts(kind, event)
        form, key = contract.form_and_key(event)
        flags = _FLAGS[flag] | (BACKFILL if event.backfill else 0)
        message = item.message
        return EventRow(  # By position: to name seventeen fields costs more than to write the row.
            key,
            site_id,
            contract.digest_of(event),
            form,
            None if form else event.id,
            number,
            at,
            message.received_at,
            at // SLOT_US,
            None if area is None else self.registry.area(self.store, site_id, area),
            event.device and self.registry.device(self.store, site_id, event.device, self.now),
            event.boot,
            event.seq,
            a,
            b,
            _rest(event, kind),
            flags if message.origin.by_broker else flags | BY_INBOX,
        )

    def keep(self) -> None:
        """Write the first of each identity; the others are duplicates or conflicts."""
        firsts: dict[Identity, Candidate] = {}
        for candidate in self.candidates:
            if not candidate.item.message.retained:
                firsts.setdefault(candidate.identity, candidate)
        new = self.store.insert_events([candidate.row for candidate in firsts.values()]) if firsts else set()
        again = [c.identity for c in self.candidates if c.identity not in new]
        held = self.store.digests(sorted(set(again))) if again else {}
        for candidate in self.candidates:
            identity = candidate.identity
            if identity not in new:
                self._judge(candidate, held.get(identity))
            elif firsts[identity] is candidate:
                self._keep_as_new(candidate)
            else:
                self._judge(candidate, firsts[identity].row.digest)

    def _judge(self, candidate: Candidate, held: int | None) -> None:
        """One that is not the first of its identity; `held`: the digest of that one."""
        item, event = candidate.item, candidate.accepted.event
        if held == candidate.row.digest:
            self.verdicts[candidate.place] = DUPLICATE
            self._arrived(item, event.boot, event.seq, duplicate=1)
        elif held is not None:
            detail = "the same identity came before with another event; the first counts"
            self._refuse(candidate.place, item, set_aside(candidate.accepted, Reason.conflict, detail))
        else:
            self._refuse(candidate.place, item, set_aside(candidate.accepted, Reason.retained, _OLD))

    def _keep_as_new(self, candidate: Candidate) -> None:
        event, row, item = candidate.accepted.event, candidate.row, candidate.item
        kind = contract.kind_of(event)
        alive = is_sign_of_life(row.at, row.received_at, item.message.retained)
        self.verdicts[candidate.place] = STORED
        self.fresh.append(Fresh(row, event, kind, alive, row.received_at, candidate.place))
        self._arrived(item, event.boot, event.seq)
        if kind == "device.status":
            for lost in event.lost or ():
                self.arrivals[item.site, lost.boot].lost.append((lost.from_, lost.to))

    def derive(self) -> None:
        """What new vendor messages mean. A wrapped one has been kept by now; bytes end as what follows from them."""
        new = [told for told in self.told if not told.wrapped or self.verdicts[told.place] == STORED]
        if not new:
            return
        devices = [self._device_of(told) for told in new]
        tokens = [(number, token) for told, number in zip(new, devices, strict=True) for token in tokens_of(told)]
        memories = Memories(self.store, set(devices), tokens)
        self._keep_derived([self._meant(told, memories.of(n)) for told, n in zip(new, devices, strict=True)])
        memories.save()

    def _site_of(self, told: Told) -> int:
        site_id = self.registry.site(told.item.site)
        assert site_id is not None  # a binding names a registered site
        return site_id

    def _device_of(self, told: Told) -> int:
        return self.registry.device(self.store, self._site_of(told), told.hanging.device, self.now)

    def _meant(self, told: Told, device: OneDevice) -> Meant:
        memory, site_id = OneMessage(device), self._site_of(told)
        found = settled(told, memory, self.cfg)
        meant = Meant(told, found, [(event, self._derived(site_id, told.item, event)) for event in found.events])
        if told.wrapped or not says_nothing_new(meant, self.oldest):
            memory.keep()
        return meant

    def _derived(self, site_id: int, item: Item, event: Any) -> EventRow:
        at, flag = contract.effective_time(event.at, item.message.received_at)
        return self._row(site_id, item, event, contract.kind_of(event), at, flag)

    def _keep_derived(self, derived: list[Meant]) -> None:
        firsts: dict[Identity, EventRow] = {}
        for row in (row for meant in derived for _, row in meant.events if row.at >= self.oldest):
            firsts.setdefault(row.identity, row)
        new = self.store.insert_events(list(firsts.values())) if firsts else set()
        held = self.store.digests(sorted(firsts.keys() - new)) if firsts.keys() - new else {}
        for meant in derived:
            refused = self._judge_derived(meant, new, held)
            for position, (event, row) in enumerate(meant.events):
                if row.identity in new and firsts[row.identity] is row:
                    self._keep_derived_one(meant, event, row)
                elif not refused and (reason := why_not(row, self.oldest, held)):
                    self.left_out.append(left_out(meant, position, reason, self.cfg.ingest.keep_raw_days))

    def _keep_derived_one(self, meant: Meant, event: Any, row: EventRow) -> None:
        alive = is_sign_of_life(row.at, row.received_at, meant.told.item.message.retained)
        self.fresh.append(Fresh(row, event, contract.kind_of(event), alive, row.received_at, meant.told.place))

    def _judge_derived(self, meant: Meant, new: set[Identity], held: dict[Identity, int]) -> bool:
        """Whether the message as a whole is refused; a wrapped one has been kept by now."""
        if meant.told.wrapped:
            return False
        verdict = judged(meant, new, held, self.cfg.ingest.keep_raw_days)
        if isinstance(verdict, Refused):
            self._refuse(meant.told.place, meant.told.item, verdict)
            return True
        self.verdicts[meant.told.place] = STORED if verdict else DUPLICATE
        return False

    def reject(self) -> None:
        """Keep the bytes and the reason; a replay that fails again tells its own row why."""
        again = [(item, refused) for item, refused in self.refusals if item.message.origin.rejected_id is not None]
        first = [(item, refused) for item, refused in self.refusals if item.message.origin.rejected_id is None]
        if first or self.left_out:
            self.store.reject([*(_rejected(item, refused) for item, refused in first), *self.left_out])
        if again:
            self.store.write(
                "update rejected set reason = ?, detail = ?, last_at = ? where id = ?",
                [(str(r.reason), r.detail, self.now, item.message.origin.rejected_id) for item, r in again],
            )

    def fold(self) -> None:
        """What the screens show follows from the new events only."""
        if not self.fresh and not self.said:
            return
        stretches = fold_head_counts(self.store, self.fresh)
        dues = fold_services(self.store, self.fresh)
        fold_residents(self.store, self.fresh)
        fold_diary(self.store, self.fresh)
        fold_cards(self.store, self.fresh, self.cfg.time.zone, self.registry.begins, self.now)
        fold_observed(self.store, self.fresh)
        limits = self.cfg.alarms.page_within_min, self.cfg.alarms.reopen_within_min
        raised = fold_alarms(self.store, self.fresh, *limits, self.now, deadlines_of(self.cfg.deadlines))
        fold_minutes(self.store, self.fresh)
        fold_devices(self.store, self.registry, self.fresh, self.now)
        said = Elsewhere(stretches, dues, raised)
        kept = Retained(self.cfg.time.zone, self.oldest, self.now, self.registry.begins)
        fold_days(self.store, self.fresh, said, kept)
        fold_sites(self.store, self.fresh, self.said, self.now)


def _counts(kind: str, event: Any) -> tuple[int | None, int | None]:
    """The two numbers of a counting event, as `event.a` and `event.b` keep them."""
    if kind == "occupancy.flow":
        return event.in_, event.out
    if kind == "occupancy.count":
        return event.count, COUNT_METHOD[event.method or "sensor"]
    if kind == "person.in":
        return 1, 0
    return (0, 1) if kind == "person.out" else (None, None)


def _rest(event: Any, kind: str) -> str | None:
    """JSON of what the columns do not hold; None for the two anonymous kinds, which have nothing else."""
    if kind in ("occupancy.flow", "occupancy.count"):
        return None
    if kind == "vendor.message":
        # What it means is kept as events of its own; its bytes may hold names and pictures.
        return msgspec.json.encode({"topic": event.topic, "octets": len(event.octets())}).decode()
    said = msgspec.to_builtins(event, enc_hook=int)
    left = {name: value for name, value in said.items() if value is not None and name not in _ENVELOPE}
    return msgspec.json.encode(left).decode() if left else None


def _unknown_site_status(item: Item) -> Refused:
    return whole(item.message.payload, Reason.unknown_site, "not in the registry")


def _rejected(item: Item, refused: Refused) -> RejectedRow:
    return RejectedRow(
        site=item.site,
        topic=item.message.topic,
        received_at=item.message.received_at,
        reason=str(refused.reason),
        detail=refused.detail,
        content=refused.raw,
        length=refused.length,
        sha256=refused.sha256,
        position=refused.index,
        replayable=int(refused.reason != Reason.personal_data and len(refused.raw) == refused.length),
    )
