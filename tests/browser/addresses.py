"""Every page of the product: by its template an address in the seeded district, and the test that judges it.

A page that is not here is neither photographed nor judged, so a test holds this list equal to the register of pages.
"""

from typing import NamedTuple

from tests.browser.lived import LIVED, YESTERDAY
from tests.browser.seeded import CENTRE_SITE, NEW, SILENT


class Address(NamedTuple):
    name: str
    path: str
    judged_by: str
    """The file beside this one in which it is judged in both languages."""


ADDRESSES = {
    "/": Address("overview", "/", "test_judged"),
    "/map": Address("map", "/map", "test_judged"),
    "/sites": Address("sites", "/sites", "test_judged"),
    "/sites/<site>": Address("site", f"/sites/{CENTRE_SITE}", "test_judged"),
    "/services": Address("services", "/services", "test_judged"),
    "/alarms": Address("alarms", "/alarms", "test_judged"),
    "/alarms/<alarm>": Address("alarm", "/alarms/1", "test_alarms"),
    "/outages": Address("outages", "/outages?days=30", "test_judged"),
    "/calm": Address("calm", "/calm", "test_judged"),
    "/days": Address("days", f"/days?day={YESTERDAY}", "test_days"),
    "/days/<site>/<day>": Address("day", f"/days/{LIVED}/{YESTERDAY}", "test_days"),
    "/history": Address("history", f"/history?of=site:{LIVED}", "test_days"),
    "/reports/<site>/<period>": Address("report", f"/reports/{LIVED}/2026-W47", "test_days"),
    "/district/<period>": Address("district-month", "/district/2026-11", "test_days"),
    "/letters": Address("letters", "/letters", "test_letters"),
    "/quality": Address("quality", "/quality", "test_quality"),
    "/quarantine": Address("quarantine", "/quarantine", "test_quality"),
    "/recipients": Address("recipients", "/recipients", "test_recipients"),
    "/registry": Address("registry", "/registry", "test_registry"),
    "/registry/<site>": Address("registry-site", f"/registry/{CENTRE_SITE}", "test_registry"),
    "/register": Address("register", "/register", "test_registry"),
    "/walls": Address("walls", "/walls", "test_wall_judged"),
    "/persons/<site>": Address("persons", f"/persons/{LIVED}", "test_days"),
    "/audit": Address("audit", "/audit", "test_accounts"),
    "/account": Address("account", "/account", "test_accounts"),
    "/accounts": Address("accounts", "/accounts", "test_accounts"),
    "/not-found-404": Address("missing", "/nowhere", "test_judged"),
}
AUDITOR = "reads-deeds"
BY_AUDITOR = frozenset(("audit",))
"""Pages that are not for the officer who looks at all the others."""
MORE = {
    "site-silent": f"/sites/{SILENT}",
    "site-new": f"/sites/{NEW}",
    "quality-site": f"/quality?site={CENTRE_SITE}",
    "login": "/login",
}
"""Other states of the same pages, and the door."""
