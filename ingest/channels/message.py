"""What is told: site, street, kind, grade, clock, how many of how many. No field for a person or for what a person wrote."""

from collections.abc import Callable
from dataclasses import dataclass

GRADES = {1: "P1 紧急 urgent", 2: "P2 严重 serious", 3: "P3 提示 notice", 4: "P4 设备 device"}
CALLED = ("站点值班 site duty", "站点负责人 site manager", "街道值班 street duty", "区值班 district duty")
STEPS = {
    "raised": "新告警 new",
    "reopened": "再次告警 again",
    "escalated": "升级 escalated",
    "worsened": "加重 worse",
    "test": "测试 test",
}


@dataclass(frozen=True, slots=True)
class Message:
    """`since` and `at` as the district's clocks show them; `number` is the alarm's and `key` this message's own."""

    key: str
    number: int
    step: str
    site: str
    name_zh: str
    name_en: str
    street_zh: str
    street_en: str
    type: str
    type_zh: str
    type_en: str
    grade: int
    level: int
    since: str
    at: str
    members: int = 0
    """Of an alarm that speaks for many sites: how many of them its cause holds at now."""
    people: int | None = None
    capacity: int | None = None
    """Of an alarm about too many people."""

    @property
    def title(self) -> str:
        place = self.name_zh or self.street_zh
        return " ".join(filter(None, (f"[P{self.grade}]", self.type_zh or self.type, place, self._crowd)))

    @property
    def _crowd(self) -> str:
        return "" if self.people is None else f"{self.people:,} / {self.capacity:,}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Both languages in one message: who is called at night has not chosen one."""
        places = (
            f"站点 site: {_both(self.name_zh, self.name_en)}" if self.site else "",
            f"街道 street: {_both(self.street_zh, self.street_en)}" if self.street_zh or self.street_en else "",
        )
        return tuple(
            line
            for line in (
                f"{_both(self.type_zh or self.type, self.type_en)} · {GRADES.get(self.grade, '')}",
                *places,
                f"站点数 sites: {self.members}" if self.members else "",
                f"人数 people: {self._crowd}" if self._crowd else "",
                f"{STEPS.get(self.step, self.step)} · {CALLED[self.level]}",
                f"发生 since: {self.since}",
                f"发出 sent: {self.at}",
            )
            if line
        )


def _both(zh: str, en: str) -> str:
    return zh if zh == en or not en else f"{zh} {en}".strip()


class NotTold(Exception):
    """The other side did not take it; the message says what it answered, or why it could not be reached."""


class NotKnown(NotTold):
    """It was given away and no answer came: the other side may have it, so it is not sent again.

    `keyed`: it bears a key by which the other side knows a repetition; that one is, and only given up as not known.
    """

    def __init__(self, said: str, keyed: bool = False) -> None:
        super().__init__(said)
        self.keyed = keyed


def is_over(error: NotTold, tries: int, tries_max: int) -> bool:
    """Whether this was the last try."""
    return tries >= tries_max or (isinstance(error, NotKnown) and not error.keyed)


Channel = Callable[[Message, int], str]
"""Sends a message at a real time (µs) and returns what the other side answered. Raises NotTold."""
