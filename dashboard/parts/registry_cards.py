"""Cards of one registered site: its line, a password that is shown once, who may speak for it, what it was."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.card import card, csv_link
from dashboard.parts.hours_words import hours_words
from dashboard.parts.kin_lines import kin_lines
from dashboard.parts.marks import state_mark
from dashboard.parts.native import options
from dashboard.parts.tags import a, b, button, div, p, table, tbody, td, th, thead, tr
from dashboard.registry_rows import RegistrySite, TermRow, UserRow
from dashboard.words import Speech
from models.civil_day import NEVER_OPEN, day_of, rule_fault, wall_clock

USER_COLUMNS = ("user", "made", "state", "heard")
PAST_COLUMNS = ("since", "what", "value")


def line_card(say: Speech, one: RegistrySite, zone: str) -> Component:
    """Whether it speaks; the script turns it as soon as it does."""
    code = one.cells["site"]
    ended = one.kin.ended_from is not None
    told = say("registry.waiting") if one.heard_at is None else say("registry.last", at=wall_clock(one.heard_at, zone))
    state = "closed" if ended else "new" if one.heard_at is None else "live"
    line = div(
        state_mark(state=state),
        div(b(say("registry.ended") if ended else told, data_part="linesaid", role="status"), p(code, kind="soft sm")),
        a(say("registry.open"), href=f"/sites/{code}", kind="btn"),
        kind="siteline",
        data_part="siteline",
        data_state=state,
        data_heard=str(one.heard_at or ""),
        data_ended="1" if ended else None,
    )
    return card(say("registry.line"), line, div(*kin_lines(say, one.kin, zone, "/registry"), kind="kinlines"))


def fresh_card(say: Speech) -> Component:
    """The script fills it with what was just made; after a reload it is empty for ever."""
    return div(
        card(say("registry.fresh"), p(say("registry.once"), kind="calmnight once"), div(data_part="freshusers", kind="freshusers")),
        data_part="fresh",
        hidden=True,
    )  # fmt: skip


def users_card(say: Speech, one: RegistrySite, zone: str) -> Component:
    heads = tr(
        *(th(say.named("usercol", name), scope="col") for name in USER_COLUMNS),
        th(say("recipients.deeds"), scope="col", kind="deedshead"),
    )
    rows = [_user(say, user, zone, open_=one.kin.ended_from is None) for user in one.users]
    whole = table(thead(heads), tbody(*rows), kind="dense")
    listed = div(whole, kind="calmtimes", tabIndex=0, role="group", aria_label=say("registry.users"))
    none = p(say("registry.no_users"), kind="none")
    told = p(role="status", data_part="usersaid", kind="soft calmnight")
    more = [] if one.kin.ended_from is not None else [_more_users(say, one)]
    return card(
        say("registry.users"),
        p(say("registry.users_how"), kind="soft calmnight"),
        listed if rows else none,
        *more,
        told,
    )


def _user(say: Speech, user: UserRow, zone: str, *, open_: bool) -> Component:
    good = user.revoked_at is None
    cells = (
        user.name,
        wall_clock(user.made_at, zone),
        say("registry.good") if good else say("registry.revoked", at=wall_clock(user.revoked_at or 0, zone)),
        _heard(say, user, zone),
    )
    device = user.device or ""
    deeds = []
    if open_:
        word = say("registry.rotate" if good else "registry.again")
        deeds.append(button(word, type="button", kind="btn", data_user_give=device, aria_label=f"{word} {user.name}"))
    if good:
        word = say("registry.revoke")
        deeds.append(button(word, type="button", kind="btn", data_user_revoke=device, aria_label=f"{word} {user.name}"))
    labels = [say.named("usercol", name) for name in USER_COLUMNS]
    told = [td(text, data_label=label, kind="wraps") for text, label in zip(cells, labels, strict=True)]
    return tr(*told, td(div(*deeds, kind="recipientdeeds")), data_user=user.name)


def _heard(say: Speech, user: UserRow, zone: str) -> str:
    if user.heard_of == "unheard":
        return say("heardof.unheard")
    at = say("registry.never") if user.heard_at is None else wall_clock(user.heard_at, zone)
    return say.named("heardof", user.heard_of).format(at=at)


def _more_users(say: Speech, one: RegistrySite) -> Component:
    """A user for the site, or for a device of its own."""
    taken = {user.device or "" for user in one.users}
    choices = [("", say("registry.whole_site"))] if "" not in taken else []
    choices += [(device, device) for device in one.devices if device not in taken]
    about = 'name="device" id="user-device" maxlength="32" list="user-devices" autocomplete="off"'
    typed = f'<input type="text" {about} placeholder="{escape(say("registry.device_code"))}">'
    listed = f'<datalist id="user-devices">{options(choices, "")}</datalist>'
    field = f'<div class="field"><label for="user-device">{escape(say("registry.device"))}</label>{typed}{listed}</div>'
    go = f'<div class="ends"><button type="submit" class="btn">{escape(say("registry.add_user"))}</button></div>'
    form = f'<form class="calmform" data-part="userform" novalidate>{field}{go}</form>'
    return div(data_fields=form)


def past_card(say: Speech, one: RegistrySite, zone: str) -> Component:
    """What holds from which day on; the past stays as it was."""
    heads = tr(*(th(say.named("pastcol", name), scope="col") for name in PAST_COLUMNS))
    rows = [_term(say, row, zone) for row in one.terms]
    listed = div(
        table(thead(heads), tbody(*rows), kind="dense"),
        kind="calmtimes",
        tabIndex=0,
        role="group",
        aria_label=say("registry.past"),
    )
    out = csv_link(say, f"/export/registry/{one.cells['site']}.csv", say("registry.past"))
    return card(say("registry.past"), listed if rows else p(say("registry.no_past"), kind="none"), end=out)


def _term(say: Speech, row: TermRow, zone: str) -> Component:
    value = row.value
    if row.what == "open_hours" and row.value == NEVER_OPEN:
        value = say("registry.ended")
    elif row.what == "open_hours" and not rule_fault(row.value):
        value = hours_words(say, row.value, day_of(row.since, zone))
    since = say("registry.always") if row.since == 0 else wall_clock(row.since, zone)
    cells = (since, say.named("sitefield", row.what), value)
    labels = [say.named("pastcol", name) for name in PAST_COLUMNS]
    return tr(*(td(text, data_label=label, kind="wraps") for text, label in zip(cells, labels, strict=True)))
