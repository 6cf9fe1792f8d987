"""What people may do about an alarm, and in what order: states, legal moves, and the codes they choose from. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    RAISED = "raised"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    ON_SITE = "on_site"
    RESOLVED = "resolved"
    CLOSED = "closed"
    FALSE = "false"


UNSEEN = frozenset((State.RAISED, State.NOTIFIED))
"""Nobody has said that she has seen it."""
SEEN = frozenset((State.ACKNOWLEDGED, State.ASSIGNED, State.ON_SITE))
SETTLED = frozenset((State.CLOSED, State.FALSE))


class Move(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    ON_SITE = "on_site"
    RESOLVE = "resolve"
    CLOSE = "close"
    FALSE = "false"
    REOPEN = "reopen"
    COMMENT = "comment"


@dataclass(frozen=True)
class Code:
    """A choice of a list: people choose, they do not write, so no name can slip into an alarm."""

    name_zh: str
    name_en: str


POSTS = {
    "site_duty": Code("站点值班", "Site duty"),
    "site_manager": Code("站点负责人", "Site manager"),
    "street_duty": Code("街道值班", "Street duty"),
    "district_duty": Code("区值班", "District duty"),
    "technician": Code("维修", "Technician"),
    "rescue": Code("急救", "Rescue service"),
}
RESULTS = {
    "helped": Code("已现场处置", "Helped on the spot"),
    "hospital": Code("已送医", "Taken to hospital"),
    "no_need": Code("核实无需处置", "Checked, no need"),
    "repaired": Code("已修复", "Repaired"),
    "fewer_people": Code("已分流", "People sent elsewhere"),
    "back": Code("已恢复", "Back by itself"),
}
REASONS_FALSE = {
    "mistake": Code("误触", "Pressed by mistake"),
    "test": Code("测试", "A test"),
    "device_fault": Code("设备误报", "Device at fault"),
    "double": Code("重复上报", "Reported twice"),
}
REMARKS = {
    "called": Code("已电话联系", "Called the site"),
    "no_answer": Code("无人接听", "Nobody answers"),
    "on_the_way": Code("人员在途", "On the way"),
    "family_told": Code("已告知家属", "Family told"),
    "waiting_parts": Code("等待配件", "Waiting for parts"),
    "handed_over": Code("已交接班", "Handed over to the next shift"),
}
REVIEWS = {
    "reviewed": Code("已复核", "Reviewed"),
    "to_improve": Code("复核：需整改", "Reviewed, to be improved"),
}
REASONS_REOPEN = {
    "again": Code("再次发生", "Happened again"),
    "not_solved": Code("未解决", "Not solved"),
}


@dataclass(frozen=True)
class Rule:
    """From which states a move is allowed, where it leads (None: nowhere), and which codes it needs."""

    before: frozenset[State]
    after: State | None
    codes: dict[str, Code] | None = None


MOVES = {
    Move.ACKNOWLEDGE: Rule(UNSEEN, State.ACKNOWLEDGED),
    Move.ASSIGN: Rule(UNSEEN | SEEN, State.ASSIGNED),
    Move.ON_SITE: Rule(UNSEEN | frozenset((State.ACKNOWLEDGED, State.ASSIGNED)), State.ON_SITE),
    Move.RESOLVE: Rule(UNSEEN | SEEN, State.RESOLVED, RESULTS),
    Move.CLOSE: Rule(frozenset((State.RESOLVED,)), State.CLOSED, REVIEWS),
    Move.FALSE: Rule(UNSEEN | SEEN, State.FALSE, REASONS_FALSE),
    Move.REOPEN: Rule(frozenset((State.RESOLVED, State.CLOSED, State.FALSE)), State.RAISED, REASONS_REOPEN),
    Move.COMMENT: Rule(frozenset(State), None, REMARKS),
}


def moves_from(state: str) -> tuple[Move, ...]:
    """What the desk offers, in the order of its buttons."""
    return tuple(move for move, rule in MOVES.items() if state in rule.before)


def is_code_good(move: Move, code: str | None) -> bool:
    """Moves with a catalogue need a code of it, the others take none."""
    codes = MOVES[move].codes
    return code is None if codes is None else code in codes


def step_of(move: Move) -> str:
    """The word under which a move stands in the history."""
    after = MOVES[move].after
    return {Move.REOPEN: "reopened", Move.COMMENT: "commented"}.get(move, str(after))


def cause_of(place: str, code: str, subject: str) -> str:
    """`place`: 'site:12', 'street:440309002', 'own'."""
    return f"{place}/{code}/{subject}"
