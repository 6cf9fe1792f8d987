"""pg_dump and pg_restore: found, and run without the password in a list of processes."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import make_url

from models.database import DatabaseRefused


def run_program(name: str, url: str | None, arguments: Sequence[str]) -> None:
    """Raises DatabaseRefused with what the program said."""
    command, environ = [_found(name)], dict(os.environ)
    if url is not None:
        parts = make_url(url)
        environ |= {"PGPASSWORD": parts.password} if parts.password else {}
        command.append("--dbname=" + parts.set(drivername="postgresql", password=None).render_as_string())
    done = subprocess.run([*command, *arguments], env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise DatabaseRefused(f"{name} failed: {' '.join(done.stderr.split())[-400:]}")


def _found(name: str) -> str:
    """Debian keeps the programs of each version in a folder of their own; the newest can read every older server."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise DatabaseRefused(
            f"{name} is not installed: install PostgreSQL's client (Debian: apt-get install postgresql-client)"
        )
    return found
