"""All that can be posted, on one screen."""

from fastapi import FastAPI

from dashboard.acts import account, alarm, calm, day, letter, name, person, quarantine, recipient, registry, site, wall

SUBJECTS = (account, alarm, calm, day, letter, name, person, quarantine, recipient, registry, site, wall)


def add_acts(shell: FastAPI) -> None:
    for subject in SUBJECTS:
        shell.include_router(subject.router)
