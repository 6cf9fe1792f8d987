"""The town with something that must not be seen outside its scope, and people and programs of every role and scope."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

import httpx

from clock import real_now
from dashboard.access import Came, Viewer, add_account, add_key, begin_session, hashed
from dashboard.gate import CSRF_COOKIE
from dashboard.letter_desk import Wish, subscribe
from dashboard.persons import Entry, enter
from dashboard.queries.accounts import session_key
from dashboard.walls import approve, ask, fetch_key
from models.base import HOUR
from models.database import transaction
from models.sealing import seal_of
from tests.dashboard.town import COMMUNITY, ELSEWHERE, SAME_STREET, SITE, STREET, Caller, Town

DAY, YESTERDAY = "2026-11-23", "2026-11-22"
FAR = {"x-forwarded-for": "203.0.113.9"}
"""From far away: this machine itself is let into the metrics without a key."""
CANARY = "canary"
"""Stands in whatever was written about a place that is not the looker's own."""

GROUND = re.compile(r'class=\\?"street-land\\?" data-street=\\?"\d+')
"""The map's land, which is geography and the same for everybody."""


@dataclass(frozen=True, slots=True)
class Looker:
    """`foreign` is a site outside her scope; None for who sees everything."""

    role: str
    scope: str
    foreign: str | None = None

    @property
    def is_wide(self) -> bool:
        return not self.scope or self.scope.startswith("street:")

    @property
    def named(self) -> str:
        return f"{self.role} {self.scope or 'everywhere'}"


LOOKERS = (
    *(Looker(role, "") for role in ("admin", "district", "auditor", "ops", "wall")),
    Looker("street", f"street:{STREET}", ELSEWHERE),
    Looker("community", f"community:{COMMUNITY}", SAME_STREET),
    Looker("site", f"site:{SITE}", SAME_STREET),
    Looker("provider", f"site:{SITE}", ELSEWHERE),
    Looker("admin", f"site:{SITE}", SAME_STREET),
    Looker("district", f"street:{STREET}", ELSEWHERE),
    Looker("auditor", f"community:{COMMUNITY}", SAME_STREET),
    Looker("ops", f"street:{STREET}", ELSEWHERE),
    Looker("wall", f"street:{STREET}", ELSEWHERE),
)


@dataclass
class Subjects:
    """Numbers of rows about one site, by what the address calls them."""

    site: str
    street: str
    alarm: str
    rejected: str
    calm: str
    recipient: str
    wall: str
    account: str
    api_key: str
    letter: str
    """Ordered by that account, as its session is its own: nobody else's, whatever they are about."""
    session: str
    person: str


def nothing(n: int) -> Subjects:
    """What is not there; the same for the same n."""
    return Subjects(f"d-99{n}", f"44030999{n}", *[f"98765{n}"] * 8, f"{n}" * 16, f"canary-d-99{n}")


NO_SUBJECTS = nothing(9)


class Court:
    """Everybody who asks, and what about."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.people: dict[Looker, Caller] = {}
        self.keys: dict[Looker, dict[str, str]] = {}
        self.secrets: dict[str, str] = {}
        self.of = {site: self._subjects(site) for site in (SITE, SAME_STREET, ELSEWHERE)}
        for looker in LOOKERS:
            self.people[looker] = town.person(looker.role, looker.scope)
            key = add_key(town.engine, looker.named, looker.role, looker.scope, real_now())
            self.keys[looker] = {"authorization": f"Bearer {key}"}
        town.look()
        self.outside = {looker: self._outside(looker) for looker in LOOKERS}

    # -- what there is --------------------------------------------------------------------------------------------------

    def _subjects(self, site: str) -> Subjects:
        """Something of every kind that has a number, all about this site."""
        town, now = self.town, real_now()
        street = town.rows("select street from site where code = ?", site)[0][0]
        marked = f"{CANARY}-{site}"
        town.happens(site, "alarm.raised", alarm=f"{marked}-a", type="SOS", area=marked)
        town.happens(site, "service.planned", service=marked, type="BA.ST", due_at="2026-11-23T03:00:00Z")
        town.happens(site, "device.status", device=marked, online=True)
        assert town.say(site, json.dumps(town.event("no.such", marked=marked)).encode()) == ["unknown_kind"]
        site_id = town.rows("select id from site where code = ?", site)[0][0]
        add = (
            "insert into maintenance (kind, site_id, street, since, until, reason, author, made_at)"
            " values ('maintenance', ?, null, ?, ?, 'repair', ?, ?)"
        )
        town.write(add, (site_id, town.clock.at, town.clock.at + HOUR, marked, now))
        add = (
            "insert into recipient (level, scope, channel, address, made_by, made_at, test_state, test_detail)"
            " values (0, ?, 'email', ?, 'x', ?, '', '')"
        )
        town.write(add, (f"site:{site}", f"{marked}@example.org", now))
        number = {
            "alarm": "select max(id) from alarm",
            "rejected": "select max(id) from rejected",
            "calm": "select max(id) from maintenance",
            "recipient": "select max(id) from recipient",
        }
        found = {name: str(town.rows(sql)[0][0]) for name, sql in number.items()}
        found |= self._hers(site, f"{marked}.s", now)
        enter(town.engine, Viewer("x", "site", f"site:{site}"), seal_of(town.cfg.database.seal_key_file), site,
              [Entry(marked, f"王 {marked}", "13800000000")], town.clock.at, now)  # fmt: skip
        return Subjects(site, street, **found, wall=str(self.screen(f"street:{street}", marked)), person=marked)

    def _hers(self, site: str, name: str, now: int) -> dict[str, str]:
        """An account of the site, a key of its name, a letter that it ordered and a session that it is in."""
        engine, viewer = self.town.engine, Viewer(name, "site", f"site:{site}")
        add_account(engine, name, viewer.role, viewer.scope, now)
        add_key(engine, name, viewer.role, viewer.scope, now)
        number = self.town.rows("select id from account where name = ?", name)[0][0]
        with transaction(engine) as connection:
            session = session_key(hashed(begin_session(connection, number, Came(), now)))
        wish = Wish("email", f"{name}@example.org", (site,), "07:30", "zh")
        letter = subscribe(engine, viewer, wish, (), self.town.clock.at, now)
        key = self.town.rows("select id from api_key where name = ?", name)[0][0]
        return {"account": str(number), "api_key": str(key), "letter": str(letter), "session": session}

    def foreign(self, looker: Looker) -> Subjects:
        """What is not hers, and a street of which she sees no part."""
        return replace(self.of[looker.foreign or SITE], street=self.of[ELSEWHERE].street)

    def screen(self, scope: str, name: str) -> int:
        """A wall that has been let in; its key is kept among the secrets under its name."""
        claim, code = ask(self.town.engine, "127.0.0.1", real_now(), 15)
        number = approve(self.town.engine, Viewer("boss", "admin", ""), code, name, scope, real_now())
        key = fetch_key(self.town.engine, claim, real_now())[1]
        assert key is not None
        self.secrets[name] = key
        return number

    def _outside(self, looker: Looker) -> re.Pattern[str] | None:
        """Codes and names of all sites and streets that are not hers, and what was written about them."""
        if not looker.scope:
            return None
        viewer, words = Viewer("x", looker.role, looker.scope), set()
        sites = self.town.rows("select code, name_zh, name_en, street, community from site")
        for code, zh, en, street, community in sites:
            if not viewer.sees(code, street, community):
                words |= {code, zh, en, f"{CANARY}-{code}"}
        mine = {street for code, _, _, street, community in sites if viewer.sees(code, street, community)}
        for code, zh, en in self.town.rows("select code, name_zh, name_en from street"):
            if code not in mine:
                words |= {code, zh, en}
        return re.compile("|".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in sorted(words) if word))

    # -- who asks -------------------------------------------------------------------------------------------------------

    def by_session(self, looker: Looker, method: str, path: str, body: Any = None) -> httpx.Response:
        person = self.people[looker]
        return person.ask(method, path, **_posted(body), headers=FAR | {"x-csrftoken": person.cookies[CSRF_COOKIE]})

    def by_key(self, looker: Looker, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.town.client().ask(method, path, **_posted(body), headers=FAR | self.keys[looker])

    def by_screen(self, name: str, method: str, path: str) -> httpx.Response:
        return self.town.client().ask(method, path, headers=FAR | {"cookie": f"wall={self.secrets[name]}"})

    def callback(self, looker: Looker, output: str, inputs: list[dict], state: list[dict]) -> httpx.Response:
        body = {"output": output, "outputs": _outputs(output), "inputs": inputs, "state": state}
        said = body | {"changedPropIds": [f"{one['id']}.{one['property']}" for one in inputs]}
        return self.by_session(looker, "POST", "/_dash-update-component", said)

    def page(self, looker: Looker, path: str, search: str = "") -> httpx.Response:
        """As a browser gets a page: by the callback of Dash's own router."""
        place = [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": search},
        ]
        return self.callback(looker, ".._pages_content.children..._pages_store.data..", place, [])

    def leaks(self, looker: Looker, text: str) -> list[str]:
        """What of the outside stands in this answer, however it is escaped."""
        outside = self.outside[looker]
        plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
        plain = GROUND.sub("", plain)
        return sorted({found[0] for found in outside.finditer(plain)}) if outside else []


def _posted(body: Any) -> dict[str, Any]:
    return {"content": body} if isinstance(body, str) else {"json": body}


def _outputs(output: str) -> Any:
    parts = [part.rpartition(".") for part in output.strip(".").split("...")]
    told = [{"id": id_, "property": property_} for id_, _, property_ in parts]
    return told if output.startswith("..") else told[0]


# -- what is asked ------------------------------------------------------------------------------------------------------


def filled(template: str, subjects: Subjects) -> str:
    """The address about these subjects, with a question where one is needed."""
    kinds = {"rejected": "rejected", "calm": "calm", "recipients": "recipient", "walls": "wall", "letters": "letter",
             "accounts": "account", "keys": "api_key"}  # fmt: skip
    kind = next((kind for name, kind in kinds.items() if f"/{name}/" in template), "alarm")
    values = {
        "site": subjects.site,
        "alarm": subjects.alarm,
        "number": getattr(subjects, kind),
        "deed": "end-sessions",
        "key": subjects.session,
        "day": YESTERDAY,
        "token": "x" * 43,
        "move": "comment",
        "person": subjects.person,
        "what": "devices",
        "name": "2026-11.csv" if "/reports/" in template else f"{YESTERDAY}.csv",
        "period": "2026-11",
        "kind": "csv",
    }
    path = re.sub(r"{(\w+)}", lambda found: values[found[1]], template)
    return path + {
        "/export/rejected.csv": f"?site={subjects.site}",
        "/export/messages.csv": f"?site={subjects.site}",
        "/live": "?view=nothing",
    }.get(template, "")


def body_of(template: str, subjects: Subjects) -> Any:
    """What is posted there, good in every other respect."""
    site = f"site:{subjects.site}"
    cells = {"site": subjects.site, "name_zh": "站", "name_en": "Site", "kind": "CST", "street": subjects.street}
    chosen = {"site": subjects.site, "device": "door-east", "table": "bare", "params": {}, "area": ""}
    return {
        "/act/days/{site}/{day}/sign": {"version": 1, "fingerprint": "0" * 12},
        "/act/days/{site}/{day}/correct": {"what": "heads", "of": "main", "at": 600, "n": 3, "reason": "recount", "once": "0" * 24},
        "/act/sites/{site}/count": {"area": "main", "count": 7, "reason": "round"},
        "/act/sites/{site}/door": {"opens": True, "reason": "back"},
        "/act/preview": chosen,
        "/act/bind": chosen,
        "/act/calm": {"kind": "maintenance", "place": site, "until": "2026-11-23T13:00", "reason": "repair"},
        "/act/recipients": {"level": 0, "scope": site, "channel": "email", "address": "a@example.org"},
        "/act/letters": {"way": "email", "address": "a@b.example", "sites": [subjects.site], "clock": "07:30", "language": "zh"},
        "/act/alarms/{alarm}/{move}": {"code": "called"},
        "/act/accounts": {"name": "m-invited", "role": "site", "scope": site},
        "/act/keys": {"name": "m-key", "role": "site", "scope": site},
        "/act/registry/hours": {"rule": "Mo-Fr 09:00-17:00", "language": "zh"},
        "/act/registry/sites": {"cells": cells},
        "/act/registry/sites/{site}": {"cells": cells | {"phone": "0755"}},
        "/act/registry/file": f"{','.join(cells)}\n{','.join(cells.values())}\n",
        "/act/registry/sites/{site}/password": {"device": ""},
        "/act/registry/sites/{site}/revoke": {"device": "no-such"},
        "/act/registry/sites/{site}/close": {"day": "2020-01-01"},
        "/act/registry/sites/{site}/reopen": {"day": "2020-01-01"},
        "/act/registry/passwords": {"sites": [subjects.site]},
        "/act/persons/{site}/{person}/reveal": {"purpose": "visit", "reason": "every week"},
        "/act/persons/{site}": "person,name\ntok-matrix-1,李\n",
        "/act/walls": {"code": "00000000", "name": "x", "scope": ""},
        "/api/v1/sites/{site}/events": {"id": f"m-{subjects.site}", "kind": "site.opened", "at": "2026-11-23T03:36:00Z"},
    }.get(template)  # fmt: skip


def names_a_subject(path: str) -> bool:
    """Whether the address or the body names something that somebody may not see."""
    other = nothing(8)
    return filled(path, NO_SUBJECTS) != filled(path, other) or body_of(path, NO_SUBJECTS) != body_of(path, other)
