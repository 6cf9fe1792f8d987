"""Who may what: every address, page, view and callback, and the roles for which it is there. What is not listed fails."""

from dataclasses import dataclass

PEOPLE = frozenset(("admin", "district", "street", "community", "site", "provider", "auditor", "ops"))
EVERYBODY = PEOPLE | {"wall"}
NOBODY: frozenset[str] = frozenset()
SEES_REFUSED = frozenset(("admin", "district", "ops", "street", "site"))
MENDING = frozenset(("admin", "ops"))
OFFICERS = frozenset(("admin", "district", "street"))
AT_A_SITE = frozenset(("admin", "district", "site"))
SIGNING = frozenset(("admin", "site"))
WRITTEN_TO = frozenset(("admin", "district", "street", "community", "site", "provider"))
KNOW_NAMES = frozenset(("district", "street", "community", "site", "provider"))
READ_DEEDS = frozenset(("admin", "auditor"))
CALMING = AT_A_SITE | {"street", "ops"}


@dataclass(frozen=True, slots=True)
class Door:
    """Roles that come in with a session, and with a key; `screens`: with the key of a wall."""

    people: frozenset[str] = NOBODY
    keys: frozenset[str] = NOBODY
    screens: bool = False
    whole: bool = False
    """Only for those of them who see the whole district."""
    wide: bool = False
    """Only for those of them who answer for a whole street or more."""


OPEN = Door(EVERYBODY, EVERYBODY, True)
"""For anybody, with or without anything in her hands."""


def for_people(roles: frozenset[str]) -> Door:
    return Door(people=roles)


def of_streets(roles: frozenset[str]) -> Door:
    return Door(people=roles, wide=True)


def for_keys(roles: frozenset[str]) -> Door:
    return Door(keys=roles)


def for_both(roles: frozenset[str]) -> Door:
    return Door(people=roles, keys=roles)


ROUTES = {
    ("GET", "/healthz"): OPEN,
    ("HEAD", "/healthz"): OPEN,
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("GET", "/login/code"): OPEN,
    ("GET", "/login/provider"): OPEN,
    ("GET", "/login/provider/back"): OPEN,
    ("POST", "/login/code"): OPEN,
    ("GET", "/enter/{token}"): OPEN,
    ("POST", "/enter/{token}"): OPEN,
    ("GET", "/public/v1/sites"): OPEN,
    ("GET", "/wall"): OPEN,
    ("POST", "/wall/pair"): OPEN,
    ("POST", "/wall/claim"): OPEN,
    ("GET", "/wall/live"): Door(screens=True),
    ("GET", "/wall/beside"): Door(screens=True),
    ("GET", "/metrics"): for_keys(EVERYBODY),
    ("GET", "/live"): for_both(EVERYBODY),
    ("POST", "/logout"): for_people(EVERYBODY),
    ("GET", "/docs"): for_people(PEOPLE),
    ("GET", "/docs/openapi.json"): for_people(PEOPLE),
    ("POST", "/act/days/{site}/{day}/sign"): for_people(SIGNING),
    ("POST", "/act/days/{site}/{day}/correct"): for_people(SIGNING),
    ("POST", "/act/sites/{site}/count"): for_people(AT_A_SITE),
    ("POST", "/act/sites/{site}/door"): for_people(AT_A_SITE),
    ("POST", "/act/rejected/{number}/replay"): for_people(MENDING),
    ("POST", "/act/preview"): for_people(MENDING),
    ("POST", "/act/bind"): for_people(MENDING),
    ("POST", "/act/calm"): for_people(CALMING),
    ("POST", "/act/calm/{number}/end"): for_people(CALMING),
    ("POST", "/act/recipients"): for_people(OFFICERS),
    ("POST", "/act/recipients/{number}/end"): for_people(OFFICERS),
    ("POST", "/act/recipients/{number}/test"): for_people(OFFICERS),
    ("POST", "/act/letters"): for_people(WRITTEN_TO),
    ("POST", "/act/letters/{number}/end"): for_people(PEOPLE),
    ("POST", "/act/letters/{number}/test"): for_people(PEOPLE),
    ("POST", "/act/alarms/{alarm}/{move}"): for_people(PEOPLE - {"auditor", "ops"}),
    ("POST", "/act/account/password"): for_people(PEOPLE),
    ("POST", "/act/account/language"): for_people(PEOPLE),
    ("POST", "/act/account/factor/begin"): for_people(PEOPLE),
    ("POST", "/act/account/factor/confirm"): for_people(PEOPLE),
    ("POST", "/act/account/factor/codes"): for_people(PEOPLE),
    ("POST", "/act/account/factor/remove"): for_people(PEOPLE),
    ("POST", "/act/account/sessions/end"): for_people(PEOPLE),
    ("POST", "/act/account/sessions/{key}/end"): for_people(PEOPLE),
    ("POST", "/act/accounts"): for_people(OFFICERS),
    ("POST", "/act/accounts/{number}/link"): for_people(OFFICERS),
    ("POST", "/act/accounts/{number}/{deed}"): for_people(OFFICERS),
    ("POST", "/act/keys"): for_people(frozenset(("admin",))),
    ("POST", "/act/keys/{number}/revoke"): for_people(frozenset(("admin",))),
    ("POST", "/act/registry/hours"): for_people(PEOPLE),
    ("POST", "/act/registry/sites"): of_streets(OFFICERS),
    ("POST", "/act/registry/sites/{site}"): of_streets(OFFICERS),
    ("POST", "/act/registry/sites/{site}/password"): of_streets(OFFICERS),
    ("POST", "/act/registry/sites/{site}/revoke"): of_streets(OFFICERS),
    ("POST", "/act/registry/sites/{site}/close"): of_streets(OFFICERS),
    ("POST", "/act/registry/sites/{site}/reopen"): of_streets(OFFICERS),
    ("POST", "/act/registry/passwords"): of_streets(OFFICERS),
    ("POST", "/act/registry/file"): of_streets(OFFICERS),
    ("GET", "/export/registry.csv"): for_both(OFFICERS),
    ("GET", "/export/registry/{site}.csv"): for_both(OFFICERS),
    ("GET", "/export/configuration.json"): Door(OFFICERS, OFFICERS, whole=True),
    ("POST", "/act/persons/{site}/{person}/reveal"): for_people(KNOW_NAMES),
    ("POST", "/act/persons/{site}"): for_people(frozenset(("site",))),
    ("GET", "/export/audit.csv"): Door(READ_DEEDS, READ_DEEDS, whole=True),
    ("GET", "/act/walls"): for_people(OFFICERS),
    ("POST", "/act/walls"): for_people(OFFICERS),
    ("POST", "/act/walls/{number}/revoke"): for_people(OFFICERS),
    ("GET", "/export/services.csv"): for_both(PEOPLE),
    ("GET", "/export/plan.csv"): for_both(PEOPLE),
    ("GET", "/export/questions.csv"): for_both(PEOPLE),
    ("GET", "/export/moved.csv"): for_both(PEOPLE),
    ("GET", "/export/quality.csv"): for_both(SEES_REFUSED),
    ("GET", "/export/unknown-sites.csv"): for_both(SEES_REFUSED),
    ("GET", "/export/unknown-devices.csv"): for_both(SEES_REFUSED),
    ("GET", "/export/rejected.csv"): for_both(SEES_REFUSED),
    ("GET", "/export/recipients.csv"): for_both(OFFICERS),
    ("GET", "/export/deliveries.csv"): for_both(OFFICERS),
    ("GET", "/export/letters.csv"): for_people(PEOPLE),
    ("GET", "/export/calm.csv"): for_both(PEOPLE),
    ("GET", "/export/outages.csv"): for_both(PEOPLE),
    ("GET", "/export/walls.csv"): for_both(OFFICERS),
    ("GET", "/export/accounts.csv"): for_both(OFFICERS),
    ("GET", "/export/keys.csv"): for_both(frozenset(("admin",))),
    ("GET", "/export/alarms/{alarm}.csv"): for_both(PEOPLE),
    ("GET", "/export/days/{site}/{day}/versions.csv"): for_both(PEOPLE),
    ("GET", "/export/messages.csv"): for_both(SEES_REFUSED),
    ("GET", "/export/sites.csv"): for_both(PEOPLE),
    ("GET", "/export/streets.csv"): for_both(PEOPLE),
    ("GET", "/export/curve.csv"): for_both(PEOPLE),
    ("GET", "/export/alarms.csv"): for_both(PEOPLE),
    ("GET", "/export/response-times.csv"): for_both(PEOPLE),
    ("GET", "/export/sites/{site}/{what}.csv"): for_both(PEOPLE),
    ("GET", "/export/days/{name}"): for_both(PEOPLE),
    ("GET", "/export/days/{site}/{name}"): for_both(PEOPLE),
    ("GET", "/export/history.{kind}"): for_both(PEOPLE),
    ("GET", "/export/reports/{name}"): for_both(PEOPLE),
    ("GET", "/export/reports/{site}/{name}"): for_both(PEOPLE),
    ("GET", "/api/v1/openapi.json"): for_keys(PEOPLE),
    ("GET", "/api/v1/docs"): for_keys(PEOPLE),
    ("GET", "/api/v1/live"): for_keys(EVERYBODY),
    ("GET", "/api/v1/sites"): for_keys(PEOPLE),
    ("GET", "/api/v1/sites/{site}"): for_keys(PEOPLE),
    ("POST", "/api/v1/sites/{site}/events"): for_keys(SIGNING),
    ("GET", "/api/v1/sites/{site}/history"): for_keys(PEOPLE),
    ("GET", "/api/v1/sites/{site}/days/{day}"): for_keys(PEOPLE),
    ("GET", "/api/v1/services"): for_keys(PEOPLE),
    ("GET", "/api/v1/alarms"): for_keys(PEOPLE),
    ("GET", "/api/v1/rejected"): for_keys(SEES_REFUSED),
    ("POST", "/api/v1/rejected/{number}/replay"): for_keys(MENDING),
    ("GET", "/api/v1/integrity"): for_keys(SEES_REFUSED),
}

PAGES = {
    "/": PEOPLE,
    "/map": PEOPLE,
    "/sites": PEOPLE,
    "/sites/<site>": PEOPLE,
    "/alarms": PEOPLE,
    "/alarms/<alarm>": PEOPLE,
    "/services": PEOPLE,
    "/days": PEOPLE,
    "/days/<site>/<day>": PEOPLE,
    "/district/<period>": PEOPLE,
    "/history": PEOPLE,
    "/reports/<site>/<period>": PEOPLE,
    "/letters": PEOPLE,
    "/calm": PEOPLE,
    "/outages": PEOPLE,
    "/quality": SEES_REFUSED,
    "/quarantine": SEES_REFUSED,
    "/recipients": OFFICERS,
    "/walls": OFFICERS,
    "/persons/<site>": KNOW_NAMES,
    "/audit": READ_DEEDS,
    "/account": PEOPLE,
    "/accounts": OFFICERS,
    "/registry": OFFICERS,
    "/registry/<site>": OFFICERS,
    "/register": OFFICERS,
    "/not-found-404": NOBODY,
}
"""By the path or template of Dash's own register of pages."""

CALLBACKS = {
    "quality-body.children": SEES_REFUSED,
    ".._pages_content.children..._pages_store.data..": PEOPLE,
    "_pages_dummy.children": NOBODY,
}
"""By output. The last one runs in the browser; the one before it gives the pages, each of which is asked by itself."""

VIEWS = {
    "overview": PEOPLE,
    "map": PEOPLE,
    "alarms": PEOPLE,
    "services": PEOPLE,
    "wall": EVERYBODY,
    "street:CODE": PEOPLE,
    "site:ID": PEOPLE,
    "desk:ALARM": PEOPLE,
}
"""What a stream can be opened for. A wall gets its own view alone."""
WHOLE = frozenset(("/audit",))
"""Pages for those alone who see the whole district."""
