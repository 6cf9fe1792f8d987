"""What somebody at a new site types to see that its password works: one line that sends, with a program that is at hand."""

import shlex
from dataclasses import dataclass
from urllib.parse import quote

from config import Broker
from contract import events_topic
from dashboard.registry_rows import Credential


@dataclass(frozen=True, slots=True)
class Try:
    """`program` is a key of the page's words."""

    program: str
    line: str


def tries(broker: Broker, site: str, said: Credential, offset_s: float = 0) -> tuple[Try, ...]:
    """`broker` as sites reach it; `offset_s` is that of the product's clock, which a simulated district has."""
    return (
        Try("mosquitto_pub", _mosquitto_pub(broker, site, said, offset_s)),
        Try("edge", _edge(broker, site, said, offset_s)),
    )


def _mosquitto_pub(broker: Broker, site: str, said: Credential, offset_s: float) -> str:
    """The shell fills in an id and the time, so that the line can be used again."""
    shifted = f" -d '{round(offset_s):+d} seconds'" if offset_s else ""
    device = f'"device":"{said.device}",' if said.device else ""
    event = (
        '{"id":"try-\'$(date +%s)-$RANDOM\'","kind":"device.status",'
        f'{device}"at":"\'$(date -u{shifted} +%FT%TZ)\'","online":true}}'
    )
    tls = (
        ""
        if not broker.tls
        else f" --cafile {shlex.quote(broker.ca_file)}"
        if broker.ca_file
        else " --tls-use-os-certs"
    )
    door = f"-h {broker.host} -p {broker.port}{tls} -u {said.name} -P {shlex.quote(said.password)}"
    return f"mosquitto_pub {door} -q 1 -t {events_topic(site)} -m '{event}'"


def _edge(broker: Broker, site: str, said: Credential, offset_s: float) -> str:
    """It also waits until the platform has acknowledged."""
    scheme = "mqtts" if broker.tls else "mqtt"
    given = {
        "ELDERCARE_BROKER_URL": f"{scheme}://{said.name}:{quote(said.password, safe='')}@{broker.host}:{broker.port}"
    }
    if broker.tls and broker.ca_file:
        given["ELDERCARE_BROKER_CA_FILE"] = broker.ca_file
    if offset_s:
        given["ELDERCARE_CLOCK_OFFSET_S"] = str(round(offset_s))
    device = f',"device":"{said.device}"' if said.device else ""
    event = f'{{"kind":"device.status"{device},"online":true}}'
    told = " ".join(f"{name}={shlex.quote(value)}" for name, value in given.items())
    return f"{told} python -m edge publish {site} '{event}'"
