"""Frames that are read for many together: one reading serves all, and no news is lost behind what was read before it."""

import threading
import time

from dashboard.shared_frames import SharedFrames
from tests.dashboard.streaming import look, streaming
from tests.dashboard.town import SITE


def test_one_reading_serves_all_who_ask_at_once():
    frames, read = SharedFrames(60.0), []

    def slowly() -> str:
        time.sleep(0.05)
        read.append(1)
        return "frame"

    threads = [threading.Thread(target=frames.get, args=("here", 1, slowly)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 1
    assert frames.get("there", 1, lambda: "another") == "another"


def test_what_is_kept_too_long_is_read_again():
    frames = SharedFrames(0.0)
    assert [frames.get("here", 1, lambda n=n: n) for n in range(2)] == [0, 1]


def test_who_has_newer_news_waits_for_the_next_reading():
    frames = SharedFrames(60.0)
    assert frames.rest_s("here", 5) == 0.0
    frames.get("here", 5, lambda: "frame")
    assert frames.rest_s("here", 5) == 0.0
    assert 59.0 < frames.rest_s("here", 6) <= 60.0


def test_a_service_that_begins_just_after_a_reading_is_told_without_another_event(own_town):
    town = own_town()

    def begin() -> None:
        town.happens(SITE, "service.started", service="s-new", type="BA.ST")
        look(town)

    (_, before), (_, after) = streaming(town, begin, view="services")
    running = [sum(line["state"] == "running" for line in frame["lines"]) for frame in (before, after)]
    assert running[1] == running[0] + 1


def test_a_call_for_help_just_after_a_reading_is_on_the_desk_without_another_event(own_town):
    town = own_town()

    def call() -> None:
        town.happens(SITE, "alarm.raised", alarm="just-now", type="FALL")
        look(town)

    (_, before), (_, after) = streaming(town, call, view="desk:")
    assert len(after["alarms"]) == len(before["alarms"]) + 1
