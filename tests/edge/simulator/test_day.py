"""A simulated Monday, looked at as a doubtful officer would: is this how such places live?"""

import itertools
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import median

import pytest

import contract
from edge.simulator.calls import call_events
from edge.simulator.care import HOME_VISITS
from edge.simulator.chance import chance
from edge.simulator.day import Day, day_of
from edge.simulator.gear import area_events
from edge.simulator.guests import guests
from edge.simulator.history import history_of_day
from edge.simulator.mishaps import ALL, NOTHING_WRONG, Mishaps, mishaps_of
from edge.simulator.places import places
from edge.simulator.residents import in_house, moves_of, roll
from edge.simulator.running import wire
from edge.simulator.stream import events_of
from edge.spool import encoded

SEED, ZONE = 53, "Asia/Shanghai"
MONDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 28)
DISTRICT = tuple(places(121, SEED))
EVERYTHING = frozenset(ALL)
DAY_US = 86_400_000_000


def day(place, on: date = MONDAY) -> Day:
    return day_of(place, on, SEED, ZONE)


@pytest.fixture(scope="module")
def monday() -> dict[str, list]:
    """Every site's events of the day with all mishaps, in the order of their leaving; few heartbeats."""
    return {
        place.site: [
            event
            for _, event in events_of(
                place, day(place).start, day(place).start + DAY_US, SEED, ZONE, EVERYTHING, heartbeat_s=1800
            )
        ]
        for place in DISTRICT
    }


def of_kind(monday, *kinds: str, site_kind: str | None = None) -> list:
    sites = {place.site for place in DISTRICT if site_kind in (None, place.kind)}
    return [event for site in sorted(sites) for event in monday[site] if event["kind"] in kinds]


def minute(event, field: str = "at") -> float:
    return (event[field] - day(DISTRICT[0]).start) / 60_000_000


# -- what crosses the wire ------------------------------------------------------------------------------------------------


def test_every_event_is_one_that_the_contract_accepts(monday):
    for site, events in monday.items():
        for event in events:
            (verdict,) = contract.read_message(encoded(wire(event)), site)
            assert isinstance(verdict, contract.Accepted), (event, verdict)


def test_every_id_is_a_ulid_and_stands_for_one_event(monday):
    ids = [(site, event["id"]) for site, events in monday.items() for event in events]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", id_) for _, id_ in ids)


def test_people_are_tokens_and_nothing_that_a_name_could_hide_in(monday):
    for events in monday.values():
        for event in events:
            texts = [value for value in event.values() if isinstance(value, str)]
            assert all(text.isascii() for text in texts)
            for who in ("person", "worker"):
                assert re.fullmatch(r"[grw]-[0-9a-z-]+", event.get(who, "g-0")), event


@pytest.mark.parametrize("place", DISTRICT[::17], ids=lambda place: f"{place.site} {place.kind}")
def test_the_same_seed_is_the_same_day_and_another_seed_another(place):
    def told(seed: int) -> list:
        begin = day(place).start
        return list(events_of(place, begin, begin + DAY_US, seed, ZONE, EVERYTHING, 600))

    assert told(SEED) == told(SEED)
    assert told(SEED) != told(SEED + 1)


def test_a_day_cut_anywhere_is_the_same_day():
    place = DISTRICT[20]
    begin, end = day(place).start, day(place).start + DAY_US
    whole = list(events_of(place, begin, end, SEED, ZONE, EVERYTHING))
    dice = chance("cuts")
    cuts = [begin, *sorted(dice.randrange(begin, end) for _ in range(30)), end]
    parts = [
        one
        for since, until in itertools.pairwise(cuts)
        for one in events_of(place, since, until, SEED, ZONE, EVERYTHING)
    ]
    assert parts == whole


# -- rhythms: what really happens, in per cent of the capacity of all such places -----------------------------------------

RHYTHMS = [
    ("MEAL", "canteen", {"07:20": (2, 12), "09:30": (0, 1), "11:40": (25, 60), "14:00": (0, 1), "17:30": (5, 25)}),
    ("STC", "canteen", {"10:00": (0, 1), "11:40": (25, 60), "14:30": (0, 1)}),
    ("STC", "hall", {"08:15": (0, 20), "10:30": (35, 95), "13:00": (1, 18), "15:45": (30, 65), "19:30": (0, 8)}),
    ("CST", "main", {"08:45": (0, 25), "10:45": (35, 65), "12:45": (1, 12), "15:45": (28, 60), "17:25": (0, 25)}),
    ("NSP", "main", {"10:45": (35, 65), "12:45": (1, 12), "15:45": (28, 60)}),
    ("DCC", "main", {"07:50": (0, 8), "09:05": (55, 85), "12:00": (55, 85), "15:30": (55, 85), "17:55": (0, 8)}),
    ("STC", "daycare", {"09:05": (45, 85), "12:00": (45, 85), "18:30": (0, 15)}),
    ("MPT", "main", {"11:30": (8, 40), "15:00": (0, 0)}),
]


@pytest.mark.parametrize(("kind", "area", "expected"), RHYTHMS, ids=[f"{kind} {area}" for kind, area, _ in RHYTHMS])
def test_a_place_fills_and_empties_as_its_kind_does(kind, area, expected):
    sites = [place for place in DISTRICT if place.kind == kind]
    room = sum(place.areas[area] for place in sites)
    stays = [stay for place in sites for stay in guests(day(place), area, place.areas[area], NOTHING_WRONG)]
    for clock, (least, most) in expected.items():
        at = int(clock[:2]) * 60 + int(clock[3:])
        load = 100 * sum(stay.comes <= at < stay.goes for stay in stays) / room
        assert least <= load <= most, f"{clock}: {load:.0f} %"


def test_a_saturday_is_quieter_and_the_day_care_is_shut():
    def visits(on: date) -> Counter:
        return Counter(
            {
                place.site: sum(len(guests(day(place, on), a, c, NOTHING_WRONG)) for a, c in place.areas.items())
                for place in DISTRICT
                if place.kind != "INST"
            }
        )

    monday, saturday = visits(MONDAY), visits(SATURDAY)
    assert saturday.total() < 0.6 * monday.total()
    assert all(saturday[place.site] == 0 for place in DISTRICT if place.kind == "DCC")


def test_day_care_comes_in_the_morning_and_goes_in_the_late_afternoon():
    stays = [s for place in DISTRICT if place.kind == "DCC" for s in guests(day(place), "main", 40, NOTHING_WRONG)]
    early = sorted(stay.comes for stay in stays)[: round(len(stays) * 0.9)]
    assert early[0] >= 7 * 60 + 45
    assert early[-1] <= 9 * 60
    assert sum(16 * 60 + 20 <= stay.goes <= 18 * 60 for stay in stays) > 0.9 * len(stays)


def test_a_station_sees_short_visits_and_long_ones():
    stays = [s for place in DISTRICT if place.kind == "CST" for s in guests(day(place), "main", 55, NOTHING_WRONG)]
    minutes = [stay.goes - stay.comes for stay in stays]
    assert 0.12 < sum(stay <= 15 for stay in minutes) / len(minutes) < 0.35
    assert 60 <= median(minutes) <= 120


@pytest.mark.parametrize("on", [MONDAY, SATURDAY, date(2026, 2, 17), date(2027, 7, 1)], ids=str)
def test_about_half_of_the_beds_are_used_and_some_residents_are_away(on):
    homes = [place for place in DISTRICT if "residence" in place.areas]
    beds = sum(place.areas["residence"] for place in homes)
    rolled = sum(len(roll(place, SEED, on)) for place in homes)
    inside = sum(in_house(place, SEED, on) for place in homes)
    assert 0.45 <= inside / beds <= 0.55
    assert 0.01 <= (rolled - inside) / rolled <= 0.06


def test_the_roll_balances_from_day_to_day():
    for place in (place for place in DISTRICT if place.kind == "INST"):
        for offset in range(40):
            today = day(place, MONDAY + timedelta(days=offset))
            moved = sum(move.passes for move in moves_of(today))
            before = in_house(place, SEED, today.date - timedelta(days=1))
            assert before + moved == in_house(place, SEED, today.date)


# -- what the gear and the staff tell of it -------------------------------------------------------------------------------


def test_lunches_peak_at_half_past_eleven_after_bookings_in_the_morning(monday):
    lunches = [event for event in of_kind(monday, "meal.served") if event["meal"] == "lunch"]
    meals = of_kind(monday, "meal.served")
    served = sorted(minute(event) for event in lunches if 0 < minute(event) < 1440)
    assert 0.75 < len(lunches) / len(meals) < 0.95
    assert 11 * 60 + 20 <= median(served) <= 11 * 60 + 45
    booked = {(event["person"], event["meal"]): event["at"] for event in of_kind(monday, "meal.booked")}
    later = [e for e in lunches if booked.get((e["person"], "lunch"), 0) > e["at"]]
    assert later == []
    assert 0.8 < len(booked) / len(lunches) < 1.1
    assert 2000 < len(meals) < 5500, "46 places to eat, some eighty meals each"


def test_money_is_in_fen_with_the_subsidies_of_the_rule(monday):
    assert {event["subsidy_fen"] for event in of_kind(monday, "meal.served")} == {0, 500, 1500}
    assert all(event["subsidy_fen"] < event["price_fen"] <= 2000 for event in of_kind(monday, "meal.served"))


def test_one_or_two_in_a_hundred_forget_to_check_out():
    stays = [
        stay
        for place in DISTRICT
        for area, room in place.areas.items()
        if area != "residence"
        for stay in guests(day(place), area, room, NOTHING_WRONG)
    ]
    assert 0.01 < sum(stay.forgets for stay in stays) / len(stays) < 0.03


def test_the_system_checks_out_after_closing_who_forgot(monday):
    out = of_kind(monday, "person.out")
    forgotten = [event for event in out if event["method"] == "auto"]
    assert 0.005 < len(forgotten) / len(out) < 0.04
    assert all(minute(event) > 13 * 60 for event in forgotten if 0 < minute(event) < 1440)


def test_most_services_are_given_on_time_and_a_few_are_late_overrun_or_cancelled(monday):
    plans = {e["service"]: e for e in of_kind(monday, "service.planned", site_kind="STC")}
    starts = {e["service"]: e for e in of_kind(monday, "service.started", site_kind="STC")}
    ends = {e["service"]: e for e in of_kind(monday, "service.completed", site_kind="STC")}
    late = sum(starts[name]["at"] - plans[name]["due_at"] > 15 * 60_000_000 for name in starts)
    overrun = sum(
        (ends[name]["at"] - starts[name]["at"]) / 60_000_000 > 2 * plans[name]["minutes"]
        for name in set(ends) & set(starts)
    )
    assert len(plans) > 40
    assert 0 < late <= 0.1 * len(plans)
    assert overrun <= 0.05 * len(plans)
    cancelled = of_kind(monday, "service.cancelled")
    assert 0.01 < len(cancelled) / len(of_kind(monday, "service.planned")) < 0.07


def test_nobody_gives_two_services_at_once(monday):
    for site in (place.site for place in DISTRICT if place.kind in ("STC", "HCO")):
        plans = [event for event in monday[site] if event["kind"] == "service.planned"]
        by_worker = defaultdict(list)
        for plan in plans:
            by_worker[plan["worker"]].append((plan["due_at"], plan["due_at"] + plan["minutes"] * 60_000_000))
        for turns in by_worker.values():
            turns.sort()
            assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(turns))


def test_home_visits_carry_a_place_and_mostly_a_confirmation(monday):
    visits = [event for event in of_kind(monday, "service.started") if event["type"] in HOME_VISITS]
    assert visits
    assert all(22.5 < event["place"]["lat"] < 22.9 and event["method"] in ("qr", "nfc", "gps") for event in visits)
    assert 0.85 < len(of_kind(monday, "service.confirmed")) / len(visits) <= 1


def test_people_are_mostly_content(monday):
    scores = [event["score"] for event in of_kind(monday, "rating.given")]
    assert len(scores) > 50
    assert 4.0 < sum(scores) / len(scores) < 4.8
    assert min(scores) <= 3


def test_a_call_for_help_is_answered_within_minutes():
    raised, cleared = {}, {}
    for offset in range(5):
        for place in DISTRICT:
            today = day(place, MONDAY + timedelta(days=offset))
            for _, event in call_events(today) if today.opens is not None else ():
                (raised if event["kind"] == "alarm.raised" else cleared)[place.site, event["alarm"]] = event
    calls = [key for key, event in raised.items() if event["type"] == "SOS"]
    assert 3 <= len(calls) / 5 <= 25, "a handful of calls a day"
    for key in calls:
        assert 60 < (cleared[key]["at"] - raised[key]["at"]) / 1_000_000 < 300
    assert {"SOS", "LOWBAT"} <= {event["type"] for event in raised.values()}


def test_each_device_says_how_it_is_with_a_battery_that_has_life(monday):
    for place in DISTRICT:
        beats = [event for event in monday[place.site] if event["kind"] == "device.status"]
        assert beats or mishaps_of(place, MONDAY, SEED, EVERYTHING).stays_shut
        assert all(event["online"] and 20 <= event["battery_pct"] <= 100 for event in beats)


def test_a_monday_of_the_district_has_the_size_of_the_research(monday):
    happened = sum(event["kind"] != "device.status" for events in monday.values() for event in events)
    assert 25_000 < happened < 60_000, "some three hundred and fifty a site beside the heartbeats"
    visits = sum(event["in"] for event in of_kind(monday, "occupancy.flow"))
    assert 6_000 < visits < 16_000


# -- mishaps --------------------------------------------------------------------------------------------------------------


def labelled(name: str):
    """The first site and day in a year of which the simulator's own truth tells this."""
    for offset in range(60):
        on = MONDAY + timedelta(days=offset)
        for place in DISTRICT:
            mishaps = mishaps_of(place, on, SEED, EVERYTHING)
            if name in mishaps.told() and day(place, on).opens is not None:
                return place, on, mishaps
    raise AssertionError(f"{name} never happens")


def lived(place, on: date, mishaps: Mishaps | None = None) -> list:
    begin = day(place, on).start
    enabled = EVERYTHING if mishaps is None else frozenset()
    return list(events_of(place, begin, begin + DAY_US, SEED, ZONE, enabled, 60))


def test_a_site_that_stays_shut_says_nothing_all_day():
    place, on, _ = labelled("stays_shut")
    assert lived(place, on) == []


def test_a_silent_site_speaks_until_it_falls_silent():
    place, on, mishaps = labelled("silent_from")
    begin = day(place, on).start
    last = max(leaves for leaves, _ in lived(place, on))
    assert 0 <= mishaps.silent_from - (last - begin) / 60_000_000 < 3


def test_a_wrong_clock_is_wrong_by_what_the_truth_says():
    place, on, mishaps = labelled("clock_error_us")
    right = {event["id"]: event["at"] for _, event in lived(place, on, NOTHING_WRONG)}
    wrong = {event["id"]: event["at"] for _, event in lived(place, on)}
    assert {wrong[id_] - right[id_] for id_ in wrong if id_ in right} == {mishaps.clock_error_us}


def test_a_clock_that_lost_its_time_begins_in_1970():
    place, on, _mishaps = labelled("unset_clock")
    ats = [event["at"] for _, event in lived(place, on)]
    assert 0 < sum(at < 10**12 for at in ats) < 100
    assert contract.format_instant(min(ats)).startswith("1970-01-01")


def counted(place, on: date, mishaps: Mishaps) -> tuple[int, int]:
    """(what the door counters believe at the end, what the staff wrote down as absolute counts by sensors)."""
    events = [event for _, event in area_events(day(place, on), mishaps)]
    flows = [event for event in events if event["kind"] == "occupancy.flow"]
    zeroes = [e for e in events if e["kind"] == "occupancy.count" and e["method"] == "sensor"]
    return sum(event["in"] - event["out"] for event in flows), len(zeroes)


def test_a_worn_counter_misses_those_who_go():
    place, on, mishaps = labelled("worn")
    worn, _ = counted(place, on, mishaps)
    sound, _ = counted(place, on, NOTHING_WRONG)
    assert worn > max(sound + 3, 5)


def test_a_counter_falls_to_zero_and_somebody_writes_the_truth_down():
    place, on, mishaps = labelled("zeroed_at")
    _, zeroes = counted(place, on, mishaps)
    counts = [
        e for _, e in area_events(day(place, on), mishaps) if e["kind"] == "occupancy.count" and e["method"] == "staff"
    ]
    minutes = [(event["at"] - day(place, on).start) / 60_000_000 for event in counts]
    assert zeroes >= 1
    assert any(mishaps.zeroed_at < looked < mishaps.zeroed_at + 30 for looked in minutes)


def test_a_stuck_counter_is_quiet_while_people_pass():
    place, on, mishaps = labelled("stuck")
    flows = [e for _, e in area_events(day(place, on), mishaps) if e["kind"] == "occupancy.flow"]
    minutes = [(event["at"] - day(place, on).start) / 60_000_000 for event in flows]
    assert not any(mishaps.stuck[0] <= passed < mishaps.stuck[1] for passed in minutes)


def test_a_concert_fills_a_hall_above_its_capacity():
    place, on, mishaps = labelled("crowded")
    room = place.areas["hall"]
    stays = guests(day(place, on), "hall", room, mishaps)
    most = max(sum(stay.comes <= at < stay.goes for stay in stays) for at in range(600, 720, 5))
    assert 1.0 < most / room < 1.3


def test_gateways_drop_for_minutes_some_times_a_week():
    outages = [
        end - start
        for offset in range(7)
        for place in DISTRICT
        for start, end in mishaps_of(place, MONDAY + timedelta(days=offset), SEED, EVERYTHING).offline
    ]
    assert 2 <= len(outages) / 121 <= 5
    assert 2 <= min(outages) <= max(outages) <= 10


def test_most_sites_have_nothing_wrong_but_a_dropped_line():
    wrong = [mishaps_of(place, MONDAY, SEED, EVERYTHING).told().keys() - {"offline"} for place in DISTRICT]
    assert 8 <= sum(map(bool, wrong)) <= 35


def test_each_mishap_can_be_switched_off_and_leaves_the_others_alone():
    for place in DISTRICT[:40]:
        assert mishaps_of(place, MONDAY, SEED, frozenset()) == NOTHING_WRONG
        everything = mishaps_of(place, MONDAY, SEED, EVERYTHING).told()
        without = mishaps_of(place, MONDAY, SEED, EVERYTHING - {"offline"}).told()
        assert without == {name: value for name, value in everything.items() if name != "offline"}


# -- the past -------------------------------------------------------------------------------------------------------------


def test_the_past_is_coarse_valid_and_tells_of_the_same_guests():
    today = day_of(DISTRICT[0], MONDAY, SEED, ZONE)
    for place in DISTRICT[:121:13]:
        past = day(place, MONDAY - timedelta(days=7))
        events = history_of_day(past, day(place, MONDAY - timedelta(days=56)), day(place, today.date))
        verdicts = [contract.read_message(encoded(wire(event)), place.site)[0] for event in events]
        assert all(isinstance(verdict, contract.Accepted) for verdict in verdicts)
        flows = [e for e in events if e["kind"] == "occupancy.flow" and e["area"] != "residence"]
        areas = [area for area in place.areas if (place.kind, area) not in (("STC", "daycare"), ("DCC", "main"))]
        came = sum(len(guests(past, area, place.areas[area], NOTHING_WRONG)) for area in areas if area != "residence")
        assert sum(event["in"] for event in flows) == came


@pytest.mark.parametrize("kind", ["INST", "DCC", "HCO", "STC", "MEAL"])
def test_of_a_past_day_no_site_is_silent_while_it_is_open(kind):
    place = next(one for one in DISTRICT if one.kind == kind)
    past = day(place, MONDAY - timedelta(days=7))
    events = history_of_day(past, day(place, MONDAY - timedelta(days=56)), day(place, MONDAY))
    opens, closes = (0, 24 * 60) if kind == "INST" else (past.opens, past.closes)
    heard = {(event["at"] - past.start) // (5 * 60_000_000) for event in events}
    assert heard >= set(range(int(opens) // 5, int(closes) // 5))
