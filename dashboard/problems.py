"""What the API says when it cannot give what was asked for: application/problem+json, always of one shape."""

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from models.database import is_transient

log = logging.getLogger(__name__)

TITLES = {404: "no such address", 405: "not with this method"}


class Problem(Exception):
    """An answer that is not the one that was hoped for."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


def problem(status: int, title: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status}
    return JSONResponse(body, status, media_type="application/problem+json")


def add_problems(shell: FastAPI, refused: Callable[[Request, int, str], Response]) -> None:
    """Every failure has an answer; `refused` gives people a page instead."""

    def told(_request: Request, error: Exception) -> Response:
        return problem(error.status, error.title) if isinstance(error, Problem) else problem(500, "failed")

    def unreadable(_request: Request, error: Exception) -> Response:
        names = {str(one["loc"][-1]) for one in error.errors()} if isinstance(error, RequestValidationError) else set()
        return problem(400, f"missing or malformed: {', '.join(sorted(names))}")

    def not_here(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return refused(request, status, TITLES.get(status, "refused"))

    def broken(request: Request, error: Exception) -> Response:
        if is_transient(error):
            return refused(request, 503, "the database does not answer")
        return refused(request, 500, "failed; the log says why")

    shell.add_exception_handler(Problem, told)
    shell.add_exception_handler(RequestValidationError, unreadable)
    shell.add_exception_handler(HTTPException, not_here)
    shell.add_exception_handler(Exception, broken)
