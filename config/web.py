"""The web: where it listens, how fast screens follow, how long a sign-in lasts, how often anybody may ask."""

from dataclasses import dataclass

from config.keys import number, switch, text


@dataclass(frozen=True)
class Web:
    host: str = text(r"[0-9A-Za-z.:_-]+", "a host name or address")
    port: int = number(1, 65535)
    workers: int = number(1, 256)
    allow_plain_http: bool = switch()
    feed_every_ms: int = number(10, 1000)
    frames_per_s_max: int = number(1, 20)
    frames_sent_per_s_max: int = number(100, 1_000_000)
    stream_minutes: float = number(0.05, 15)
    session_idle_min: int = number(1, 10080)
    session_hours: int = number(1, 720)
    simulated: bool = switch()
    chromium: str = text(r".*", "a program or nothing")
    link_minutes: int = number(1, 1440)
    sign_ins_per_min: int = number(1, 100_000)
    exports_per_min: int = number(1, 100_000)
    acts_per_min: int = number(1, 100_000)
    calls_per_min: int = number(1, 1_000_000)
    reveals_per_hour: int = number(1, 1000)
    reveal_s: int = number(5, 600)
