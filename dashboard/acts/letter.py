"""The form of one's letters: order them, end them, have one sent as a test."""

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Meta

from clock import real_now
from dashboard.acts.posted import Body, answer, here, read
from dashboard.letter_desk import LetterRefused, Wish, send_test, subscribe, unsubscribe
from dashboard.problems import Problem
from models.civil_day import day_of
from models.letter import SITES_MOST

router = APIRouter(prefix="/act/letters", include_in_schema=False)

STATUS = {"403": 403, "404": 404, "waits": 409, "many": 409}
Short = Annotated[str, Meta(max_length=256)]
NUMBER_MOST = 2**31 - 1


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    way: Short
    address: Short
    sites: Annotated[list[Short], Meta(max_length=SITES_MOST)]
    clock: Short
    language: Short


@router.post("")
def order_letters(request: Request, body: Body) -> Response:
    said, (house, viewer) = read(body, Wanted), here(request)
    domains = [one.strip().lower() for one in request.app.state.cfg.letters.domains.split(",") if one.strip()]
    wish = Wish(said.way, said.address.strip(), tuple(said.sites), said.clock, said.language)
    try:
        number = subscribe(house.engine, viewer, wish, domains, house.clock.now(), real_now())
    except LetterRefused as refusal:
        raise _problem(refusal) from refusal
    return answer({"number": number})


@router.post("/{number}/end")
def end_letters(request: Request, number: int) -> Response:
    house, viewer = here(request)
    try:
        unsubscribe(house.engine, viewer, _known(number), real_now())
    except LetterRefused as refusal:
        raise _problem(refusal) from refusal
    return answer({"done": True})


@router.post("/{number}/test")
def test_letters(request: Request, number: int) -> Response:
    house, viewer = here(request)
    yesterday = day_of(house.clock.now(), house.rules.zone) - timedelta(days=1)
    try:
        send_test(house.engine, viewer, _known(number), yesterday, real_now())
    except LetterRefused as refusal:
        raise _problem(refusal) from refusal
    return answer({"done": True})


def _known(number: int) -> int:
    if not 0 < number <= NUMBER_MOST:
        raise Problem(404, "404")
    return number


def _problem(refusal: LetterRefused) -> Problem:
    return Problem(STATUS.get(str(refusal), 400), str(refusal))
