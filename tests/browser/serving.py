"""The real web process on a free port, over a database that the tests write to as the worker would."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard.access import add_account, make_link
from ingest.store.choice import store_for
from models.base import MINUTE
from models.database import transaction
from tests.browser.seeded import NOON, SeededDistrict
from tests.running import Program, free_port, listening


@dataclass
class Served:
    url: str
    district: SeededDistrict
    program: Program
    port: int
    offset_s: float
    stood_at: int = NOON

    def stand_still(self) -> None:
        """Sites stay as lately heard, late or silent as the seed made them, however long a run takes."""
        now = self.now()
        if now < self.stood_at + MINUTE:
            return
        with transaction(self.district.engine) as connection:
            store = store_for(connection)
            moved = "update site_state set heard_at = min(heard_at + ?, ?), changed = ? where heard_at is not null"
            store.write(moved, [(now - self.stood_at, now, store.next_change("live"))])
        self.stood_at = now

    def silence(self, site: str) -> None:
        """It was last heard half an hour ago, whatever other tests made it say."""
        with transaction(self.district.engine) as connection:
            store = store_for(connection)
            said = (
                "update site_state set heard_at = ?, changed = ? where site_id = (select id from site where code = ?)"
            )
            store.write(said, [(self.now() - 31 * MINUTE, store.next_change("live"), site)])

    def now(self) -> int:
        """Microseconds on the server's clock."""
        return int((time.time() + self.offset_s) * 1e6)

    def link(self, name: str = "duty-desk") -> str:
        """A one-time sign-in link of this account."""
        token = make_link(self.district.engine, name, int(time.time() * 1e6), 15)
        return f"{self.url}/enter/{token}"


@contextmanager
def serve(district: SeededDistrict, offset_s: float, folder: Path) -> Iterator[Served]:
    port = free_port()
    given = {
        "ELDERCARE_DATABASE_SEAL_KEY_FILE": str(folder / "seal.key"),
        "ELDERCARE_DATABASE_URL": district.url,
        "ELDERCARE_WEB_PORT": str(port),
        "ELDERCARE_CLOCK_OFFSET_S": f"{offset_s:.3f}",
    }
    add_account(district.engine, "duty-desk", "district", "", int(time.time() * 1e6))
    program = Program([sys.executable, "-m", "dashboard", "run"], folder, "dashboard", **given)
    program.start()
    try:
        listening(port)
        yield Served(f"http://127.0.0.1:{port}", district, program, port, offset_s)
    finally:
        program.end()
