"""Recipients as a table with a test and an end for each, the form that names one, and the log of deliveries."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.answer_words import answer_words
from dashboard.parts.calm_line import trade
from dashboard.parts.card import card, csv_link
from dashboard.parts.native import options, text_field
from dashboard.parts.tags import a, button, div, p, table, tbody, td, th, thead, tr
from dashboard.recipient_reading import RecipientPage
from dashboard.recipient_rows import DeliveryRow, RecipientRow
from dashboard.words import Speech
from models.civil_day import wall_clock
from models.escalation import LEVELS
from models.recipient import CHANNEL_NAMES, WHOLE_DISTRICT

COLUMNS = ("level", "place", "channel", "address", "by", "test")
LOG_COLUMNS = ("when", "alarm", "step", "recipient", "state", "tries", "detail")


def recipient_card(say: Speech, found: RecipientPage) -> Component:
    rows = [_row(say, found, row) for row in found.rows]
    listed = (
        _table(say, "recipientcol", COLUMNS, rows, say("title.recipients")) if rows else _none(say("recipients.none"))
    )
    told = p(role="status", data_part="recipientsaid", kind="soft calmnight")
    out = csv_link(say, "/export/recipients.csv", say("title.recipients"))
    return card(say("title.recipients"), p(say("recipients.how"), kind="soft calmnight"), listed, told, end=out)


def _row(say: Speech, found: RecipientPage, row: RecipientRow) -> Component:
    labels = [say.named("recipientcol", name) for name in COLUMNS]
    cells = (
        _level(say, row.level),
        _place(say, found, row.scope),
        say.named("channel", row.channel),
        row.address,
        row.made_by,
        _tested(say, row, found.zone),
    )
    told = [td(text, data_label=label, kind="wraps") for text, label in zip(cells, labels, strict=True)]
    whom = f"{say.named('channel', row.channel)} {row.address}"
    deeds = (
        button(say("recipients.test"), type="button", kind="btn", data_recipient_test=str(row.id),
               aria_label=f"{say('recipients.test')} {whom}"),
        button(say("recipients.end"), type="button", kind="btn", data_recipient_end=str(row.id),
               aria_label=f"{say('recipients.end')} {whom}"),
    )  # fmt: skip
    return tr(*told, td(div(*deeds, kind="recipientdeeds")) if found.may_change(row) else td(""))


def _tested(say: Speech, row: RecipientRow, zone: str) -> str:
    if row.test_at is None:
        return say("recipients.untested")
    at = wall_clock(row.test_at, zone)[5:]
    said = answer_words(say, row.test_detail or "")
    return " · ".join(filter(None, (say.named("deliverystate", row.test_state), at, said)))


def recipient_form(say: Speech, found: RecipientPage) -> Component:
    places = [("", say("recipients.choose"))]
    places += [("all", say("recipients.whole"))] if found.is_whole else []
    places += [(f"street:{one.code}", say("calm.whole_street", name=_name(say, one))) for one in found.streets]
    places += [(f"site:{one.site}", _name(say, one)) for one in found.sites]
    levels = [("", say("recipients.choose")), *((str(level), _level(say, level)) for level in found.levels)]
    channels = [(name, say.named("channel", name)) for name in CHANNEL_NAMES]
    address = text_field("address", most=254).replace("<input ", '<input id="recipient-address" ', 1)
    fields = "".join(
        (
            _field("level", say("recipientcol.level"), _select("level", levels)),
            _field("scope", say("recipientcol.place"), _select("scope", places)),
            _field("channel", say("recipientcol.channel"), _select("channel", channels)),
            _field("address", say("recipients.mailbox"), address),
        )
    )
    go = f'<button type="submit" class="btn main">{escape(say("recipients.add"))}</button>'
    wrong = '<p class="wrong" role="alert" data-part="recipientwrong"></p>'
    form = f'<form class="calmform" data-part="recipientform" novalidate>{fields}<div class="ends">{go}</div>{wrong}</form>'
    return card(say("recipients.new"), p(say("recipients.files"), kind="soft calmnight"), div(data_fields=form))


def log_card(say: Speech, found: RecipientPage) -> Component:
    rows = [_delivery(say, row, found.zone) for row in found.log]
    listed = (
        _table(say, "deliverycol", LOG_COLUMNS, rows, say("recipients.log"))
        if rows
        else _none(say("recipients.none_told"))
    )
    return card(say("recipients.log"), listed, end=csv_link(say, "/export/deliveries.csv", say("recipients.log")))


def _delivery(say: Speech, row: DeliveryRow, zone: str) -> Component:
    cells: tuple[Component | str, ...] = (
        wall_clock(row.at, zone),
        a(f"#{row.alarm}", href=f"/alarms/{row.alarm}", kind="link"),
        f"{say.named('step', row.step)} · {_level(say, row.level)}",
        _told(say, row),
        say.named("deliverystate", row.state),
        str(row.tries),
        answer_words(say, row.detail),
    )
    labels = [say.named("deliverycol", name) for name in LOG_COLUMNS]
    return tr(*(td(cell, data_label=label, kind="wraps") for cell, label in zip(cells, labels, strict=True)))


def _told(say: Speech, row: DeliveryRow) -> str:
    """By name where she may know it; a channel of the configuration says that it is one."""
    channel, mark, number = row.channel.partition("#")
    whom = row.address or (f"#{number}" if mark else say("recipients.default"))
    return f"{say.named('channel', channel)} {whom}"


def _level(say: Speech, level: int) -> str:
    return trade(say, "post", LEVELS[level])


def _place(say: Speech, found: RecipientPage, scope: str) -> str:
    kind, _, code = scope.partition(":")
    if scope == WHOLE_DISTRICT:
        return say("recipients.whole")
    if kind == "street":
        names = [_name(say, one) for one in found.streets if one.code == code]
        return say("calm.whole_street", name=(names or [code])[0])
    return next((_name(say, one) for one in found.sites if one.site == code), code)


def _table(say: Speech, family: str, columns: tuple[str, ...], rows: list[Component], label: str) -> Component:
    heads = [th(say.named(family, name), scope="col") for name in columns]
    more = [th(say("recipients.deeds"), scope="col", kind="deedshead")] if family == "recipientcol" else []
    return div(table(thead(tr(*heads, *more)), tbody(*rows), kind="dense"), kind="calmtimes", tabIndex=0, role="group",
               aria_label=label)  # fmt: skip


def _none(text: str) -> Component:
    return p(text, kind="none")


def _field(name: str, label: str, control: str) -> str:
    return f'<div class="field"><label for="recipient-{name}">{escape(label)}</label>{control}</div>'


def _select(name: str, pairs: list[tuple[str, str]]) -> str:
    return f'<select name="{name}" id="recipient-{name}">{options(pairs, "")}</select>'


def _name(say: Speech, one: object) -> str:
    zh, en = getattr(one, "name_zh", ""), getattr(one, "name_en", "")
    return say.either(zh, en)
