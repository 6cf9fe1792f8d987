"""The verdict of a soak: a leak is found whatever the noise, and a warm-up or one large moment is none."""

import random

import pytest

from bench.soak import WATCHED, growth, rows_of


def lived(leak_per_s=0.0, noise=1.0, spike=0.0, warm=0.0, seconds=1800, every=5):
    chance = random.Random(1)
    return [
        (t, 100 + leak_per_s * t + chance.gauss(0, noise) + (spike if t == 1000 else 0) + min(warm, warm * t / 400))
        for t in range(0, seconds, every)
    ]


@pytest.mark.parametrize(
    ("series", "low", "high"),
    [
        (lived(), -1, 1),
        (lived(spike=500), -1, 1),
        (lived(warm=60), -1, 1),
        (lived(leak_per_s=0.01), 16, 20),
        (lived(leak_per_s=0.01, noise=5), 14, 22),
        (lived(leak_per_s=-0.01), -20, -16),
        ([(5.0, 100.0)], 0, 0),
    ],
)
def test_growth_is_that_of_the_settled_part(series, low, high):
    assert low <= growth(series) <= high


def test_what_leaks_is_named_and_the_rest_passes():
    seen = {watched.name: lived() for watched in WATCHED} | {"browser nodes": lived(leak_per_s=0.1)}
    verdicts = [row.verdict for row in rows_of(seen) if row.limit]
    assert [watched.name for watched, verdict in zip(WATCHED, verdicts, strict=True) if verdict == "MISSED"] == [
        "browser nodes"
    ]
