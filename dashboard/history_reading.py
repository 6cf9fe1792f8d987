"""What an address of the page of histories asks: read strictly, with the last seven days where it says nothing."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

import contract
from dashboard.history_rows import AGAINST, STEPS, Asked, NotAsked
from models.period import day_named


def asked_of_address(said: Mapping[str, str], today: date) -> Asked:
    """Raises NotAsked."""
    last = _date(said.get("to", ""), today)
    first = _date(said.get("from", ""), last - timedelta(days=6))
    step = said.get("by", "hour") or "hour"
    if step not in STEPS:
        raise NotAsked("step")
    against = said.get("with", "")
    return Asked(_place(said.get("of", "")), first, last, step, against if against in AGAINST else _place(against))


def _date(text: str, default: date) -> date:
    if not text:
        return default
    day = day_named(text)
    if day is None:
        raise NotAsked("date")
    return day


def _place(text: str) -> str:
    kind, _, code = text.partition(":")
    good = {"": not text, "street": re.fullmatch(r"[A-Za-z0-9]{1,32}", code), "site": contract.is_site(code)}.get(kind)
    if not good:
        raise NotAsked("place")
    return text


def shortcuts(today: date) -> tuple[tuple[str, date, date, str], ...]:
    """(name, first, last, step)."""
    day = timedelta(days=1)
    month = today.replace(day=1)
    return (
        ("today", today, today, "5m"),
        ("yesterday", today - day, today - day, "5m"),
        ("week", today - 6 * day, today, "hour"),
        ("four_weeks", today - 27 * day, today, "hour"),
        ("month", month, today, "day"),
        ("last_month", (month - day).replace(day=1), month - day, "day"),
        ("year", today - 364 * day, today, "day"),
    )
