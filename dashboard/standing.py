"""Whether those who watch still may: asked for all of them together, as one by one it costs more than their frames."""

import asyncio

from sqlalchemy import Engine

from clock import real_now
from dashboard.access import Credential, Lifetime, still_good
from models.database import read_only

GATHERS_S = 0.5
"""How long a question waits for others; streams ask every ten seconds, each at its own moment."""


class Standing:
    """One for the life of the process."""

    def __init__(self, engine: Engine, lifetime: Lifetime) -> None:
        self._engine, self._lifetime = engine, lifetime
        self._asked: set[Credential] = set()
        self._answer: asyncio.Task[frozenset[Credential]] | None = None

    async def holds(self, credential: Credential) -> bool:
        """Raises what the database raises."""
        self._asked.add(credential)
        if self._answer is None:
            self._answer = asyncio.create_task(self._answered())
        # Whoever leaves while it is being asked must not take the answer away from the others.
        return credential in await asyncio.shield(self._answer)

    async def _answered(self) -> frozenset[Credential]:
        await asyncio.sleep(GATHERS_S)
        asked, self._asked, self._answer = self._asked, set(), None
        return await asyncio.to_thread(self._read, asked)

    def _read(self, asked: set[Credential]) -> frozenset[Credential]:
        with read_only(self._engine) as connection:
            return still_good(connection, asked, real_now(), self._lifetime)
