"""How much each measurement sends and how often it repeats: as asked for by default, less for a look, least for a test."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    repeats: int
    burst_events: int
    paced_s: float
    probes: int
    viewers: tuple[int, ...]
    watch_s: float
    district: int = 120
    city: int = 5000
    shown: int = 500
    looks: int = 8
    """Of the ways in which publish→pixel is measured, how many."""
    scale_sites: int = 50_000
    scale_rate: float = 6_700
    scale_minutes: float = 1
    scale_present: int = 0
    """Events that are there already."""
    asks: int = 9
    """How often each query of the screens is asked."""
    screen_events: int = 1_000_000
    screen_present: int = 0
    """Ask all of them again with so many events; 0: not."""
    month_days: int = 30
    """Of the month that is summed up."""
    year_days: int = 364
    """Of the year that is looked at."""
    database: str = "sqlite"

    @property
    def both(self) -> tuple[int, ...]:
        """The numbers of sites at which rates and latencies are measured."""
        return tuple(dict.fromkeys((self.district, self.city)))


FULL = Sizes(repeats=3, burst_events=60_000, paced_s=10, probes=60, viewers=(200, 500), watch_s=10)
QUICK = Sizes(
    repeats=1, burst_events=20_000, paced_s=5, probes=25, viewers=(100,), watch_s=5, asks=3, month_days=2, year_days=60
)
TINY = Sizes(
    repeats=1,
    burst_events=400,
    paced_s=0.5,
    probes=3,
    viewers=(5,),
    watch_s=1,
    district=20,
    city=20,
    shown=10,
    looks=2,
    scale_sites=20,
    scale_rate=200,
    scale_minutes=0.02,
    asks=1,
    screen_events=2_000,
    month_days=1,
    year_days=3,
)
