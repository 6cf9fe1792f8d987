"""One's own account: who one is here, the password, the second factor, and where one is signed in."""

from html import escape

from dash.development.base_component import Component

from dashboard.account_rows import OwnAccount, SessionRow
from dashboard.parts.account_forms import code_field, form_of, password_field, press, shown_once
from dashboard.parts.card import card
from dashboard.parts.native import options
from dashboard.parts.tags import b, div, p, span, table, tbody, td, th, thead, tr
from dashboard.words import Speech
from models.civil_day import wall_clock

COLUMNS = ("browser", "client", "way", "began", "seen")


def account_cards(say: Speech, own: OwnAccount, zone: str) -> list[Component]:
    return [_who(say, own), _password(say, own), _factor(say, own), _sessions(say, own, zone)]


def _who(say: Speech, own: OwnAccount) -> Component:
    where = say.either(*own.where) or own.scope.partition(":")[2] or say("accounts.whole")
    told = p(b(own.name), span(f"{say.named('role', own.role)} · {where}", kind="soft"), kind="accountwho")
    languages = options([("zh", "中文"), ("en", "English")], own.language or say.language)
    choice = (
        f'<div class="field"><label for="own-language">{escape(say("account.language"))}</label>'
        f'<select name="language" id="own-language">{languages}</select></div>'
    )
    form = form_of("/act/account/language", choice, say("account.keep"))
    return card(say("title.account"), told, div(data_fields=form))


def _password(say: Speech, own: OwnAccount) -> Component:
    fields = password_field("old", say("account.old"), "current-password") if own.asks_old else ""
    fields += password_field("new", say("account.new"), "new-password")
    fields += password_field("again", say("account.again"), "new-password")
    how = say("account.password_how") if own.has_password else say("account.password_none")
    form = form_of("/act/account/password", fields, say("account.password_set"))
    return card(say("account.password"), p(how, kind="soft calmnight"), div(data_fields=form))


def _factor(say: Speech, own: OwnAccount) -> Component:
    if own.has_factor:
        told = p(say("account.factor_on", n=own.codes_left), kind="soft calmnight")
        proof = code_field("factor-code", say("door.code"))
        renew = form_of("/act/account/factor/codes", proof, say("account.codes_new"))
        gone = form_of(
            "/act/account/factor/remove", proof.replace("factor-code", "gone-code"), say("account.factor_off")
        )
        return card(say("account.factor"), told, div(data_fields=renew), div(data_fields=gone), shown_once(say))
    confirm = form_of(
        "/act/account/factor/confirm", code_field("factor-code", say("door.code")), say("account.factor_confirm")
    )
    setup = (
        f'<div data-part="factorsetup" hidden><p class="soft calmnight">{escape(say("account.factor_scan"))}</p>'
        f'<div class="calmnight"><img class="qr" alt="{escape(say("door.setup_qr"))}"></div>'
        f'<p class="soft calmnight">{escape(say("door.setup_secret"))} <code></code></p>{confirm}</div>'
    )
    begin = press(say("account.factor_begin"), "/act/account/factor/begin", "btn main")
    told = p(say("account.factor_none"), kind="soft calmnight")
    return card(say("account.factor"), told, div(begin, kind="calmnight"), div(data_fields=setup), shown_once(say))


def _sessions(say: Speech, own: OwnAccount, zone: str) -> Component:
    heads = [th(say.named("sessioncol", name), scope="col") for name in COLUMNS]
    rows = [_session(say, row, zone) for row in own.sessions]
    listed = table(
        thead(tr(*heads, th(say("recipients.deeds"), scope="col", kind="deedshead"))), tbody(*rows), kind="dense"
    )
    told = p(role="status", data_part="accountsaid", kind="soft calmnight")
    others = [press(say("account.end_others"), "/act/account/sessions/end")] if len(own.sessions) > 1 else []
    box = div(listed, kind="calmtimes", tabIndex=0, role="group", aria_label=say("account.sessions"))
    return card(say("account.sessions"), box, div(*others, kind="calmnight"), told)


def _session(say: Speech, row: SessionRow, zone: str) -> Component:
    cells = (
        row.browser,
        row.client,
        say.named("signinway", row.way),
        wall_clock(row.made_at, zone),
        wall_clock(row.seen_at, zone),
    )
    told = [
        td(cell, data_label=say.named("sessioncol", name), kind="wraps")
        for name, cell in zip(COLUMNS, cells, strict=True)
    ]
    if row.is_this:
        return tr(*told, td(div(span(say("account.this"), kind="soft"), kind="recipientdeeds")))
    end = press(
        say("account.end"),
        f"/act/account/sessions/{row.key}/end",
        told=f"{say('account.end')} {row.browser} {row.client}",
    )
    return tr(*told, td(div(end, kind="recipientdeeds")))
