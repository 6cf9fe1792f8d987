"""The two documents of a screen on a wall: the code it shows until it is let in, and the wall itself. Without Dash."""

import json
from dataclasses import dataclass
from html import escape

from config import Wall
from dashboard.figures.pins import QUIET
from dashboard.parts.map_card import map_svg
from dashboard.parts.marks import marks_css
from dashboard.words import HTML_LANG, Speech, catalogue
from dashboard.words.trade import trade_words

TILES = ("people", "visits", "lunch", "services", "beds")
GRADES = (1, 2, 3, 4)
VIEWS = 3
FAMILIES = (
    "wall",
    "tag",
    "alarm",
    "need",
    "needs",
    "unit",
    "age",
    "band",
    "area",
    "usual",
    "strip",
    "service",
    "comma",
)
"""The words that the scripts of a wall need."""
BANDS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Manner:
    """How this installation's walls look and speak."""

    language: str
    zone: str
    wall: Wall
    simulated: bool
    build: str


def pairing_page(manner: Manner) -> str:
    """The code stands as large as the screen allows; the script fetches it and waits for the officer."""
    say = Speech(manner.language)
    body = (
        f'<main class="pairing"><h1>{say("wall.pair.title")}</h1>'
        f'<p class="code" data-part="code" aria-live="polite">{say("wall.pair.asking")}</p>'
        f'<p class="how">{say("wall.pair.how")} <b data-part="address"></b></p>'
        '<p class="left" data-part="left" aria-live="off"></p></main>'
    )
    return _document(manner, "pair", say("wall.pair.title"), body, ("ages", "fields", "wall_pair"))


def wall_page(manner: Manner) -> str:
    say = Speech(manner.language)
    middle = _map(say) + _streets(say) + _curve(say) + _services(say)
    frame = f"{_head(say)}{_tiles(say)}{middle}{_alarms(say)}{_foot(say, manner.simulated)}"
    bars = (
        f'<div class="bar stale" role="status"><span class="st" data-state="late"></span><b data-part="since">'
        f'{say("wall.connecting")}</b><span data-part="tries"></span></div>'
        f'<div class="bar frozen"><b>{say("wall.frozen")}</b></div>'
    )
    body = f'{bars}<main class="frame" data-part="frame">{frame}</main>{_slots()}'
    return _document(manner, "show", say("wall.title"), body, ("ages", "fields", "wall_map", "wall_screen"))


def _document(manner: Manner, kind: str, title: str, body: str, scripts: tuple[str, ...]) -> str:
    wall = manner.wall
    settings = {
        "zone": manner.zone, "build": manner.build, "dwell": wall.dwell_s, "hold": wall.hold_min * 60,
        "dim-from": wall.dim_from, "dim-until": wall.dim_until, "dim": wall.dim_pct, "live": "wait", "tick": "0",
    }  # fmt: skip
    data = "".join(f' data-{name}="{escape(str(value))}"' for name, value in settings.items())
    links = "".join(
        f'<link rel="stylesheet" href="/assets/{name}.css?{manner.build}">'
        for name in ("tokens", "app", "map", "wall_screen")
    )
    loaded = "".join(f'<script src="/assets/{name}.js?{manner.build}"></script>' for name in scripts)
    return (
        f'<!doctype html><html lang="{HTML_LANG[manner.language]}" data-theme="wall"{data}><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f'<link rel="icon" href="/assets/marks/logo.svg" type="image/svg+xml"><style>{marks_css()}</style>{links}</head>'
        f'<body class="wall {kind}">{body}{_words(manner.language)}{loaded}</body></html>'
    )


def _words(language: str) -> str:
    every = catalogue(language) | trade_words(language)
    needed = {key: word for key, word in every.items() if key.split(".")[0] in FAMILIES}
    text = json.dumps(needed, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="words">{text}</script>'


# -- what stands still --------------------------------------------------------------------------------------------------


def _field(name: str, kind: str = "", tag: str = "span", text: str = "") -> str:
    return f'<{tag} class="{kind}" data-f="{name}">{text}</{tag}>'


def _head(say: Speech) -> str:
    return (
        f'<header class="head" data-part="head"><h1><span>{say("brand.first")}</span> <span>{say("brand.second")}</span></h1>'
        f'<div class="reporting">{_field("reporting", "big", "b", "—")}{_field("total", "of")}</div>'
        f'<div class="words"><span>{say("strip.reporting")}</span>{_field("troubles", "bad")}</div>'
        '<div class="cover" data-part="cover" aria-hidden="true"></div>'
        f'<time class="date" data-f="date"></time><time class="clock" data-f="clock"></time></header>'
    )


def _tiles(say: Speech) -> str:
    made = "".join(_tile(say.named("tile", name), name) for name in TILES)
    return f'<section class="tiles" aria-label="{say("wall.figures")}">{made}{_tile(say("wall.ack"), "ack")}</section>'


def _tile(word: str, name: str) -> str:
    gauge = '<span class="gauge unknown" data-f="gauge" aria-hidden="true"><i></i><i></i><i></i></span>'
    return (
        f'<article class="card tile {name}" data-part="tile-{name}"><div class="lab"><span>{word}</span>'
        f'{_field("beside")}</div><div class="v">{_field("value", "n", "b", "—")}{_field("of", "", "small")}</div>'
        f"{gauge}</article>"
    )


def _alarms(say: Speech) -> str:
    sums = "".join(
        f'<span data-grade="{grade}" data-part="sum-{grade}"><span class="gr" aria-hidden="true"></span>'
        f'<span class="unseen">{say.named("grade", str(grade))}</span>{_field("n", tag="b", text="—")}</span>'
        for grade in GRADES
    )
    return (
        f'<section class="acol" aria-label="{say("wall.alarms")}"><div class="sums">{sums}</div>'
        f'<ol class="al" data-part="waiting"></ol><p class="card calm" data-part="calm" hidden>{say("wall.calm")}</p></section>'
    )


def _foot(say: Speech, simulated: bool) -> str:
    fills = [(f"{band}", say.named("band", str(band))) for band in BANDS]
    quiet = [(state, say.named("state", state)) for state in QUIET if state == "silent"]
    keys = "".join(
        f'<span><svg class="key" viewBox="-10 -12 20 22" aria-hidden="true"><g class="pin"><use href="#pin-CST-{key}"/></g></svg>'
        f"{word}</span>"
        for key, word in (*fills, *quiet)
    )
    dots = "<i><b></b></i>" * VIEWS
    said = f'<span class="said">{say("simulated.short")}</span>' if simulated else ""
    return (
        f'<footer data-part="foot"><span class="asof"><span class="st" data-state="live" data-f="mark"></span>'
        f'{_field("asof")}</span>{keys}<span class="turn" aria-hidden="true">{_field("held", "held")}'
        f'<span class="dots" data-part="dots">{dots}</span></span>{said}</footer>'
    )


# -- what takes turns ---------------------------------------------------------------------------------------------------


def _view(number: int, kind: str, title: str, inside: str, end: str = "") -> str:
    head = f"<header><h2>{title}</h2>{end}</header>" if title else ""
    return f'<section class="card view {kind}" data-view="{number}">{head}{inside}</section>'


def _map(say: Speech) -> str:
    return _view(
        0, "themap", "", f'<h2 class="unseen">{say("map.title")}</h2><div data-part="mapbox">{map_svg()}</div>'
    )


def _streets(say: Speech) -> str:
    heads = (("name", ""), ("people", "num"), ("load", ""), ("share", "num"), ("reporting", "num"), ("alarms", ""))
    return _view(1, "thestreets", say("wall.streets"), _table(say, "streets", heads, "streets"))


def _curve(say: Speech) -> str:
    keys = f'<span class="key"><span class="t">{say("curve.today")}</span><span class="u">{say("curve.usual")}</span></span>'
    inside = (
        f'<div class="drawn" data-part="curve"></div><p class="none" data-part="no-curve">{say("wall.no_curve")}</p>'
    )
    return _view(1, "thecurve", say("curve.title"), inside, keys)


def _services(say: Speech) -> str:
    heads = (("service", ""), ("done", "num"), ("progress", ""), ("running", "num"), ("late", "num"))
    empty = f'<p class="none" data-part="no-services" hidden>{say("wall.no_services")}</p>'
    return _view(2, "theservices", say("wall.services"), _table(say, "services", heads, "wall.head") + empty)


def _table(say: Speech, part: str, heads: tuple[tuple[str, str], ...], family: str) -> str:
    cells = "".join(f'<th class="{kind}" scope="col">{_heading(say, family, name)}</th>' for name, kind in heads)
    return f'<table><thead><tr>{cells}</tr></thead><tbody data-part="{part}"></tbody></table>'


def _heading(say: Speech, family: str, name: str) -> str:
    word = say.named(family, name)
    return f'<span class="unseen">{word}</span>' if name in ("name", "share", "progress") else word


def _slots() -> str:
    """The models of rows, for the script to copy."""
    grade = '<span class="gr" aria-hidden="true"></span>'
    street = (
        f'<tr><th scope="row">{_field("name")}</th><td class="num">{_field("people")}</td>'
        '<td class="wide"><span class="load"><i data-f="bar"></i></span></td>'
        f'<td class="num">{_field("load")}</td><td class="num">{_field("reporting")}</td>'
        f'<td><span class="grades" data-f="grade">{grade}{_field("alarms", tag="b")}</span></td></tr>'
    )
    service = (
        f'<tr><th scope="row">{_field("name", "cut")}</th><td class="num">{_field("done")}<small data-f="planned"></small></td>'
        '<td class="wide"><span class="load"><i data-f="bar"></i></span></td>'
        f'<td class="num">{_field("running")}</td><td class="num">{_field("late")}</td></tr>'
    )
    alarm = (
        f"<li>{grade}{_field('what', 'what cut')}{_field('clock', 'clock')}"
        f'<span class="where">{_field("where", "cut")}{_field("stage", tag="b")}</span></li>'
    )
    models = {
        "tick": "<i></i>",
        "street-ticks": "<span></span>",
        "street": street,
        "service": service,
        "waiting": alarm,
    }
    return "".join(f'<template data-slot="{name}">{model}</template>' for name, model in models.items())
