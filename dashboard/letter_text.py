"""What stands in a letter's body: the three sentences and the six figures of each site, or one line a site for many."""

from collections.abc import Sequence

from dashboard.day_rows import DayListRows, DayPageRows
from dashboard.parts.day_list import asked_of, signed_of
from dashboard.parts.day_sheet import SIX, clauses, coverage, long_date, name_of
from dashboard.parts.day_words import change_text, shown
from dashboard.queries.day_lines import page_lines
from dashboard.words import Speech

LINES_MOST = 30


def subject_of(say: Speech, kind: str, day: str, names: Sequence[str]) -> str:
    where = names[0] if len(names) == 1 else say("letter.sites", n=len(names))
    return say(f"letter.subject.{kind}", where=where, day=long_date(say, day))


def body_of_days(say: Speech, days: Sequence[DayPageRows], zone: str, foot: Sequence[str]) -> str:
    return "\n".join([line for rows in days for line in (*_site(say, rows, zone), "")] + list(foot))


def body_of_list(say: Speech, rows: DayListRows, foot: Sequence[str]) -> str:
    """The district's own: how many are summed up and signed, then those that need somebody, worst first."""
    summed = [row for row in rows.sites if row.version]
    head = say("letter.list", n=len(summed), of=len(rows.sites), signed=signed_of(summed), asked=asked_of(summed))
    poor = sorted((row for row in rows.sites if row.grade != "A"), key=lambda row: (row.grade or "Z", row.site))[::-1]
    lines = [
        say(
            "letter.list_line",
            name=say.either(row.name_zh, row.name_en),
            grade=row.grade or say("day.list.state.none"),
            coverage=coverage(row.heard, row.open_minutes),
        )
        for row in poor[:LINES_MOST]
    ]
    more = [say("letter.more", n=len(poor) - LINES_MOST)] if len(poor) > LINES_MOST else []
    return "\n".join([head, "", *lines, *more, "", *foot])


def body_of_reminder(say: Speech, days: Sequence[DayPageRows], clock: str, foot: Sequence[str]) -> str:
    names = say("comma").join(name_of(say, rows) for rows in days)
    return "\n".join([say("letter.unsigned", names=names, at=clock), "", *foot])


def body_of_new_version(say: Speech, days: Sequence[DayPageRows], foot: Sequence[str]) -> str:
    """Whose signature no longer stands for the newest version, why there is one, and what it changes."""
    lines = []
    for rows in days:
        signed, newest = next(one for one in rows.versions if one.signed_by), rows.versions[0]
        told = {"name": name_of(say, rows), "by": signed.signed_by, "old": signed.version, "new": newest.version}
        lines.append(say("letter.superseded", **told, why=say(f"day.because_of.{newest.why}")))
        lines += [f"  {change_text(say, change, rows.zone)}" for change in newest.changes[:LINES_MOST]]
    return "\n".join([*lines, "", say("letter.sign_again"), "", *foot])


def _site(say: Speech, rows: DayPageRows, zone: str) -> list[str]:
    lines = {(line.block, line.name): line for line in page_lines(rows)}
    reading = rows.summary.reading
    said = []
    if reading is not None:
        parts = (("differs", reading.differs), ("open", reading.open), ("do", reading.do))
        said = [f"{say(f'day.{name}')} {clauses(say, name, found, zone)}" for name, found in parts]
    figures = []
    for name, block, line in SIX:
        found = lines.get((block, line))
        value = shown(say, found, zone) if found else say("day.not_reported")
        figures.append(f"{say(f'day.figure.{name}')} {value}")
    told = [] if rows.summary.is_off else ["  ".join(figures)]
    version = say("letter.version", n=rows.version, grade=reading.grade if reading else "")
    return [f"{name_of(say, rows)} · {long_date(say, rows.day)} · {version}", *said, *told]
