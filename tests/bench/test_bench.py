"""The bench itself: tiny runs of everything that needs no browser, so that it cannot rot; no figure is judged here."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bench.asked import ASKED
from bench.events import MIX, Sites, numbered, packet, payload_of, topic_of
from bench.latency import latency
from bench.memory import memory
from bench.pixel import pixel
from bench.processes import CannotMeasure
from bench.rates import rates
from bench.report import Row, least, most, table
from bench.scale import scale
from bench.screens import screens
from bench.sizes import TINY
from bench.stages import stages
from bench.summaries import summaries
from bench.viewers import viewers
from bench.visit import visit
from bench.years import years
from contract import Accepted, read_message
from tests.databases import ENGINES, programs
from tests.running import component

asked_for = pytest.mark.skipif(
    os.environ.get("BENCH") != "true",
    reason="takes three minutes; BENCH=true runs all of the bench's own parts too",
)


@pytest.mark.parametrize("over_s", [10, 0.6])
@pytest.mark.parametrize("per_message", [1, 50])
def test_every_event_of_the_mix_is_one_that_the_contract_accepts(per_message: int, over_s: float) -> None:
    sites = Sites(count=7, boot="r001")
    seen: dict[str, list[int]] = {}
    ids, kinds = set(), set()
    moments: dict[str, list[int]] = {}
    for site, made in sites.backlog(1_795_395_731_250_000, over_s, 7 * 300, per_message):
        topic, payload = payload_of(made)
        assert topic == topic_of(site)
        for element in read_message(payload, topic.split("/")[2]):
            assert isinstance(element, Accepted), element
            seen.setdefault(topic, []).append(element.event.seq)
            moments.setdefault(topic, []).append(element.event.at)
            ids.add(element.event.id)
            kinds.add(type(element.event))
    assert len(ids) == 2100
    assert len(kinds) == len({kind for kind, _ in MIX})
    assert all(at == sorted(set(at)) for at in moments.values())
    assert all(numbers == list(range(1, 301)) for numbers in seen.values())


def test_a_packet_takes_its_number_and_keeps_everything_else() -> None:
    for length in (1, 100, 200, 20_000):
        made = packet("a/b", b"x" * length)
        given = numbered(made, 4660)
        assert given == made.replace(b"a/b\0\0", b"a/b\x12\x34")


def test_a_row_says_whether_its_median_meets_the_limit() -> None:
    rows = [Row("wait", "ms", (10, 90, 500), most(100)), Row("rate", "events/s", (900, 1100, 800), least(1000))]
    text = table("Figures", rows)
    assert re.search(r"wait +90 +10\.\.500 +ms +≤ 100 +met", text)
    assert re.search(r"rate +900 +800\.\.1,100 +events/s +≥ 1,000 +MISSED", text)


def test_rates_and_latencies_are_measured_against_the_real_worker() -> None:
    component("mosquitto")
    rows = {row.what: row for row in [*rates(TINY), *latency(TINY)]}
    assert rows[f"burst, {TINY.city} sites, one event a message"].median > 0
    waits = [rows[name].median for name in ("  publish→committed p50", "  publish→committed p99")]
    assert 0 < waits[0] <= waits[1]


@asked_for
def test_nothing_is_lost_while_the_database_is_away() -> None:
    component("mosquitto")
    rows = {row.what: row for row in memory(TINY)}
    assert rows["events lost"].median == 0
    assert rows["events lost"].note.startswith(f"{TINY.burst_events * 10:,} counted")
    assert 0 < rows[f"worker, idle, {TINY.city} sites"].median <= rows["worker, at most"].median


@asked_for
@pytest.mark.parametrize("database", ENGINES)
def test_size_is_measured_on_both_databases(database: str) -> None:
    component("mosquitto")
    programs() or component("postgres")
    rows = {row.what: row for row in scale(replace(TINY, database=database, scale_present=1000))}
    waits = [rows[name].median for name in ("  publish→committed p50", "  publish→committed p99")]
    assert 0 < waits[0] <= waits[1]
    assert rows[f"{TINY.scale_sites} agents return with 200 events each"].median > 0
    assert ("  database server" in rows) == (database == "postgresql")


def test_the_workers_processor_time_is_told_by_stage() -> None:
    told = {row.what: row.median for row in stages(TINY)}
    assert told["intake: in all"] >= told["intake: sort out"] + told["intake: keep"] + told["intake: fold"] > 0


def test_every_query_of_the_screens_is_asked_and_told_beside_its_limit() -> None:
    told = screens(TINY)
    statements, looks = told[::2], told[1::2]
    assert len(statements) == len(looks) == len(ASKED)
    assert all(row.limit and row.note for row in statements)
    assert all(look.median >= longest.median >= 0 for longest, look in zip(statements, looks, strict=True))
    assert sum(row.median for row in told) > 0


@asked_for
def test_streams_cost_something_and_memory_is_told() -> None:
    component("mosquitto")
    rows = {row.what: row for row in viewers(TINY)}
    assert rows["  memory"].median > 0
    assert rows[f"web process, {TINY.viewers[0]} viewers"].median > 0


@asked_for
@pytest.mark.parametrize("database", ENGINES)
def test_a_month_is_loaded_summed_up_and_looked_at_on_both_databases(database: str) -> None:
    component("chromium", "chromium-browser")
    programs() or component("postgres")
    rows = summaries(replace(TINY, database=database))
    (loading, each, summing, *_), figures = rows, {row.what: row.median for row in rows}
    assert f"{TINY.district} sites, {TINY.month_days} days" in loading.what
    assert each.median > 0
    assert int(summing.what.split()[2].replace(",", "")) >= TINY.district * TINY.month_days
    assert figures["one summary's page, by the web's own routes"] > 0 < figures["  the same as a PDF"]


@asked_for
@pytest.mark.parametrize("database", ENGINES)
def test_every_page_of_a_year_is_asked_for_and_made(database: str) -> None:
    programs() or component("postgres")
    rows = years(replace(TINY, database=database))
    assert len(rows) == 10
    assert all(row.median > 0 for row in rows)


def beside(measure, sizes):
    """In a thread of its own: a browser that tests of this process share keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(measure, sizes).result()


@asked_for
def test_a_browser_sees_the_number_that_was_sent_and_a_first_visit_is_weighed() -> None:
    component("mosquitto")
    component("chromium", "chromium-browser")
    rows = beside(pixel, TINY)
    assert [row.what.split(", ")[1] for row in rows] == ["overview", "overview", "a site's page", "a site's page"]
    assert all(0 < p50.median <= p95.median for p50, p95 in zip(rows[::2], rows[1::2], strict=True))
    weight, first, numbers = beside(visit, TINY)
    assert weight.median > 10
    assert first.median > 0
    assert numbers.median > 0


def test_without_a_broker_there_is_a_sentence_and_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.broker.shutil.which", lambda *_args, **_more: "/bin/false")
    with pytest.raises(CannotMeasure, match="mosquitto ended with status 1"):
        rates(TINY)
