"""Whom one answers for: their accounts with what can be done, an invitation, and the keys of programs."""

from html import escape

from dash.development.base_component import Component

from dashboard.account_reading import PeoplePage, Roles
from dashboard.account_rows import KeyRow, PersonRow
from dashboard.parts.account_forms import form_of, press, shown_once
from dashboard.parts.card import card, csv_link
from dashboard.parts.native import text_field
from dashboard.parts.tags import div, p, table, tbody, td, th, thead, tr
from dashboard.words import Speech
from models.civil_day import wall_clock

COLUMNS = ("name", "role", "place", "factors", "seen", "state")
KEY_COLUMNS = ("name", "role", "place", "made", "used")


def people_cards(say: Speech, found: PeoplePage) -> list[Component]:
    keys = [] if found.keys is None else [_keys(say, found, found.keys), _new_key(say, found)]
    return [_people(say, found), _invite(say, found), *keys]


def _people(say: Speech, found: PeoplePage) -> Component:
    rows = [_person(say, found, row) for row in found.rows]
    told = p(role="status", data_part="accountsaid", kind="soft calmnight")
    listed = _table(say, _labels(say), rows, say("title.accounts")) if rows else p(say("accounts.none"), kind="none")
    file = csv_link(say, "/export/accounts.csv", say("title.accounts"))
    return card(
        say("title.accounts"), p(say("accounts.how"), kind="soft calmnight"), shown_once(say), listed, told, end=file
    )


def _person(say: Speech, found: PeoplePage, row: PersonRow) -> Component:
    factors = [say("accounts.has_password")] * row.has_password + [say("accounts.has_factor")] * row.has_factor
    state = say("accounts.disabled")
    if row.is_good:
        state = say("accounts.sessions", n=row.sessions) if row.sessions else say("accounts.good")
    cells = (
        row.name,
        say.named("role", row.role),
        _place(say, found, row.scope),
        " · ".join(factors) or say("accounts.link_only"),
        wall_clock(row.seen_at, found.zone) if row.seen_at else say("accounts.never"),
        state,
    )
    return tr(*_cells(_labels(say), cells), td(div(*_deeds(say, found, row), kind="recipientdeeds")))


def _deeds(say: Speech, found: PeoplePage, row: PersonRow) -> list[Component]:
    """Nobody disables herself; what would change nothing is not offered."""
    mine = row.name == found.who.name
    deeds = [("link", row.is_good, False), ("end-sessions", bool(row.sessions) and not mine, True),
             ("reset-factor", row.has_factor and not mine, True), ("disable", row.is_good and not mine, True),
             ("enable", not row.is_good, False)]  # fmt: skip
    return [
        press(
            say.named("accountdeed", name), f"/act/accounts/{row.id}/{name}", sure=sure,
            told=f"{say.named('accountdeed', name)} {row.name}",
        )
        for name, offered, sure in deeds
        if offered
    ]  # fmt: skip


def _invite(say: Speech, found: PeoplePage) -> Component:
    fields = _fields(say, found, "person", found.roles)
    form = form_of("/act/accounts", fields, say("accounts.invite"))
    return card(say("accounts.new"), p(say("accounts.invite_how"), kind="soft calmnight"), div(data_fields=form))


def _keys(say: Speech, found: PeoplePage, keys: tuple[KeyRow, ...]) -> Component:
    rows = [_key(say, found, row) for row in keys]
    listed = (
        _table(say, _key_labels(say), rows, say("accounts.keys")) if rows else p(say("accounts.no_keys"), kind="none")
    )
    return card(say("accounts.keys"), listed, end=csv_link(say, "/export/keys.csv", say("accounts.keys")))


def _key(say: Speech, found: PeoplePage, row: KeyRow) -> Component:
    made = " · ".join(filter(None, (wall_clock(row.made_at, found.zone), row.made_by)))
    used = wall_clock(row.used_at, found.zone) if row.used_at else say("accounts.never")
    cells = (row.name, say.named("role", row.role), _place(say, found, row.scope), made, used)
    end = press(
        say("accounts.revoke"), f"/act/keys/{row.id}/revoke", sure=True, told=f"{say('accounts.revoke')} {row.name}"
    )
    return tr(*_cells(_key_labels(say), cells), td(div(end, kind="recipientdeeds")))


def _new_key(say: Speech, found: PeoplePage) -> Component:
    form = form_of("/act/keys", _fields(say, found, "key", found.key_roles), say("accounts.key_make"))
    return card(say("accounts.key_new"), p(say("accounts.key_how"), kind="soft calmnight"), div(data_fields=form))


def _fields(say: Speech, found: PeoplePage, whose: str, roles: Roles) -> str:
    """A name, a role, and the places that go with roles: the script shows those of the role that is chosen."""
    name = text_field("name", most=64).replace("<input ", f'<input id="{whose}-name" spellcheck="false" ', 1)
    role = "".join(
        f'<option value="{one}" data-kind="{kind}">{escape(say.named("role", one))}</option>' for one, kind in roles
    )
    named = [("", say("accounts.whole"))] if not found.who.scope else []
    named += [(one.scope, _name(say, one.name_zh, one.name_en) or one.scope) for one in found.scopes]
    first = roles[0][1] if roles else ""
    places = "".join(
        _scope(scope, word, scope.startswith(f"{first}:") if first else not scope) for scope, word in named
    )
    return (
        _field(f"{whose}-name", say("keycol.name" if whose == "key" else "door.name"), name)
        + _field(f"{whose}-role", say("peoplecol.role"), f'<select name="role" id="{whose}-role">{role}</select>')
        + _field(f"{whose}-scope", say("peoplecol.place"), f'<select name="scope" id="{whose}-scope">{places}</select>')
    )


def _scope(scope: str, word: str, fits: bool) -> str:
    """What does not go with the role that is chosen first waits for another one."""
    return f'<option value="{escape(scope)}"{"" if fits else " hidden disabled"}>{escape(word)}</option>'


def _field(id_: str, label: str, control: str) -> str:
    return f'<div class="field"><label for="{id_}">{escape(label)}</label>{control}</div>'


def _place(say: Speech, found: PeoplePage, scope: str) -> str:
    if not scope:
        return say("accounts.whole")
    named = next((one for one in found.scopes if one.scope == scope), None)
    return (_name(say, named.name_zh, named.name_en) if named else "") or scope.partition(":")[2]


def _name(say: Speech, zh: str, en: str) -> str:
    return say.either(zh, en)


def _labels(say: Speech) -> list[str]:
    return [say.named("peoplecol", name) for name in COLUMNS]


def _key_labels(say: Speech) -> list[str]:
    return [say.named("keycol", name) for name in KEY_COLUMNS]


def _cells(labels: list[str], cells: tuple[str, ...]) -> list[Component]:
    return [td(cell, data_label=label, kind="wraps") for cell, label in zip(cells, labels, strict=True)]


def _table(say: Speech, labels: list[str], rows: list[Component], label: str) -> Component:
    heads = [th(word, scope="col") for word in labels]
    deeds = th(say("recipients.deeds"), scope="col", kind="deedshead")
    listed = table(thead(tr(*heads, deeds)), tbody(*rows), kind="dense")
    return div(listed, kind="calmtimes", tabIndex=0, role="group", aria_label=label)
