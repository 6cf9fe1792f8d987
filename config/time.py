"""The district's days: their zone and exceptions, when they begin, and the language where nobody has said."""

from dataclasses import dataclass

from config.keys import text

_BEGIN = r"(INST|STC|CST|NSP|DCC|MEAL|MPT|HCO|HUB)=(0\d|1[01]):00"
"""Of the days of a kind of sites: their hours are added up with other sites', and their letters go out in the morning."""


@dataclass(frozen=True)
class Time:
    zone: str = text(r".+", "an IANA time zone such as Asia/Shanghai")
    days_file: str = text(r".*", "a path or nothing")
    day_begins: str = text(rf"({_BEGIN}(, ?{_BEGIN})*)?", "KIND=HH:00 before noon, with a comma between, or nothing")
    language: str = text(r"zh|en", "zh or en")

    @property
    def begins(self) -> dict[str, int]:
        """Of the kinds of sites whose days begin later than midnight: minutes after it."""
        said = [one.strip().partition("=") for one in self.day_begins.split(",") if one]
        return {kind: int(clock[:2]) * 60 for kind, _, clock in said if clock != "00:00"}
