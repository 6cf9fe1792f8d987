"""The head count by the contract's section 5 in plain lists and sorting; shares no code with the product."""

SLOT = 300_000_000


def steps(events, area, by_persons):
    """Sorted (at, seq, id, absolute, change, came, went) of one area on the chosen basis."""
    out = []
    for e in events:
        if e.get("area", "main") != area:
            continue
        at, seq, kind = e["at_us"], e.get("seq", 0), e["kind"]
        method = e.get("method", "sensor")
        if kind == "occupancy.count" and (method != "sensor" or not by_persons):
            out.append((at, seq, e["id"].encode(), e["count"], 0, 0, 0))
        elif kind == "occupancy.flow" and not by_persons:
            out.append((at, seq, e["id"].encode(), None, e["in"] - e["out"], e["in"], e["out"]))
        elif kind == "person.in" and by_persons:
            out.append((at, seq, e["id"].encode(), None, 1, 1, 0))
        elif kind == "person.out" and by_persons:
            out.append((at, seq, e["id"].encode(), None, -1, 0, 1))
    return sorted(out, key=lambda s: s[:3])


def is_by_persons(events, area):
    mine = [e for e in events if e.get("area", "main") == area]
    anonymous = any(
        e["kind"] == "occupancy.flow" or (e["kind"] == "occupancy.count" and e.get("method", "sensor") == "sensor")
        for e in mine
    )
    return not anonymous


def values(sorted_steps):
    """(at, value after) of each step."""
    value, out = 0, []
    for at, _, _, absolute, change, _, _ in sorted_steps:
        value = absolute if absolute is not None else value + change
        out.append((at, value))
    return out


def number(events, area):
    found = values(steps(events, area, is_by_persons(events, area)))
    return found[-1][1] if found else None


def slots(events, area, by_persons):
    """{slot: (closing, lowest, highest, person·µs, came, went)} for every slot with an event."""
    mine = steps(events, area, by_persons)
    after, out = values(mine), {}
    for n in sorted({s[0] // SLOT for s in mine}):
        start, end = n * SLOT, (n + 1) * SLOT
        before = [v for at, v in after if at < start]
        inside = [(at, v) for at, v in after if start <= at < end]
        value, at, weight, seen = (before[-1] if before else 0), start, 0, []
        seen.append(value)
        for moment, new in inside:
            weight += value * (moment - at)
            value, at = new, moment
            seen.append(new)
        weight += value * (end - at)
        own = [s for s in mine if start <= s[0] < end]
        out[n] = (value, min(seen), max(seen), weight, sum(s[5] for s in own), sum(s[6] for s in own))
    return out


def person_us(events, area, by_persons, start, end):
    """The integral of the head count over [start, end)."""
    value, at, weight = 0, start, 0
    for moment, new in values(steps(events, area, by_persons)):
        if moment >= end:
            break
        if moment > start:
            weight += value * (moment - at)
            at = moment
        value = new
    return weight + value * (end - max(at, start))
