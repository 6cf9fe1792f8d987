"""What must be said before an incident is closed: what was done, how the family was told, and what keeps it from happening again.

People choose from lists and name a post, so no name can slip into an alarm; only the moment is theirs to say.
"""

from dataclasses import dataclass

import msgspec

from models.alarm_life import POSTS, Code
from models.base import Instant

DONE = {
    "first_aid": Code("现场急救处置", "First aid on the spot"),
    "hospital": Code("已送医", "Taken to hospital"),
    "observed": Code("观察并记录", "Observed and written down"),
    "parted": Code("隔离并安抚", "Parted and calmed"),
    "authorities": Code("已报警或上报", "Police or authority called"),
}
TOLD_BY_MEANS = {
    "phone": Code("电话", "By telephone"),
    "in_person": Code("当面", "In person"),
    "message": Code("短信或微信", "By message"),
    "not_reached": Code("多次联系未果，已留言", "Not reached, a message left"),
    "no_family": Code("无家属，已告知监护人", "No family, the guardian told"),
}
REACHED = frozenset(TOLD_BY_MEANS) - {"not_reached"}
PREVENTION = {
    "care_plan": Code("调整照护计划", "Care plan changed"),
    "surroundings": Code("整改环境设施", "Surroundings made safe"),
    "staffing": Code("调整人力班次", "Shifts changed"),
    "training": Code("培训人员", "Staff trained"),
    "device": Code("加装或更换设备", "Device added or replaced"),
    "procedure": Code("修订流程", "Procedure changed"),
}
INCIDENTS = frozenset(("INCID",))
"""The kinds of alarms that are not closed without it."""


@dataclass(frozen=True, slots=True)
class Account:
    """`told_at`: when the family was told, or at last called; `told_by`: a post."""

    done: str
    told: str
    told_at: Instant
    told_by: str
    prevention: str

    def is_good(self, opened_at: Instant, now: Instant) -> bool:
        """Nobody is told of what has not happened yet, nor tomorrow."""
        chosen = self.done in DONE and self.told in TOLD_BY_MEANS and self.prevention in PREVENTION
        return chosen and self.told_by in POSTS and opened_at <= self.told_at <= now


def written(account: Account) -> str:
    return msgspec.json.encode(account).decode()


def read(text: str) -> Account:
    return msgspec.json.decode(text, type=Account)
