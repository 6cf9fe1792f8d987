"""All that can be posted, on one screen."""

from fastapi import FastAPI

from dashboard.acts import alarm, day, quarantine, site

SUBJECTS = (alarm, day, quarantine, site)


def add_acts(shell: FastAPI) -> None:
    for subject in SUBJECTS:
        shell.include_router(subject.router)
