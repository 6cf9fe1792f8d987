"""Topics: who speaks, and what about."""

import pytest

from contract import Topic, ack_topic, events_topic, is_site, parse_topic, raw_topic, status_topic

LONGEST = "a" * 32


@pytest.mark.parametrize("site", ["s1", "0-", "s-001", LONGEST])
def test_a_site(site: str) -> None:
    assert is_site(site)
    assert parse_topic(events_topic(site)) == Topic("v1", site, "events")
    assert parse_topic(status_topic(site)) == Topic("v1", site, "status")
    assert parse_topic(ack_topic(site)) == Topic("v1", site, "ack")


@pytest.mark.parametrize("site", ["", "s", "-s", "S1", "s_1", "s.1", "s1\n", "站点", LONGEST + "a", "+", "#", "s 1"])
def test_no_site(site: str) -> None:
    assert not is_site(site)
    assert parse_topic(f"eldercare/v1/{site}/events") is None


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "eldercare",
        "eldercare/v1/s-001",
        "eldercare/v1/s-001/",
        "eldercare/v1/s-001/events/",
        "eldercare/v1/s-001/status/x",
        "eldercare/v1/s-001/other",
        "/eldercare/v1/s-001/events",
        "Eldercare/v1/s-001/events",
        "eldercare/v1/s-001/raw",
    ],
)
def test_no_topic_of_ours(topic: str) -> None:
    assert parse_topic(topic) is None


def test_another_version_is_told_by_the_topic() -> None:
    assert parse_topic("eldercare/v2/s-001/events") == Topic("v2", "s-001", "events")


def test_a_devices_own_topic_stands_behind_its_name() -> None:
    assert raw_topic("s-001", "gw-1", "/gw/ac233fc0/status") == "eldercare/v1/s-001/raw/gw-1/gw/ac233fc0/status"
    assert raw_topic("s-001", "gw-1", "up") == "eldercare/v1/s-001/raw/gw-1/up"
    parsed = parse_topic("eldercare/v1/s-001/raw/gw-1/gw/AC/状态//x")
    assert parsed == Topic("v1", "s-001", "raw", "gw-1", "gw/AC/状态//x")


@pytest.mark.parametrize("device", ["Gw_1", "g", "", "网关"])
def test_a_device_that_cannot_exist_is_still_its_sites(device: str) -> None:
    parsed = parse_topic(f"eldercare/v1/s-001/raw/{device}/up")
    assert parsed == Topic("v1", "s-001", "raw", None, "up")


def test_a_device_without_a_topic_of_its_own() -> None:
    assert parse_topic("eldercare/v1/s-001/raw/gw-1") == Topic("v1", "s-001", "raw", None, "")
