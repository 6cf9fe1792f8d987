"""The broker, as the worker, the sites and the doctor reach it."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from config.keys import number, text
from config.secret import secret_in


@dataclass(frozen=True)
class Broker:
    url: str = text(r"mqtts?://.+", "mqtt://[user:password@]host[:port] or mqtts://…")
    password_file: str = text(r".*", "a path or nothing")
    client_id: str = text(r"[A-Za-z0-9_-]{1,64}", "1 to 64 of A-Z a-z 0-9 _ -")
    keepalive_s: int = number(2, 3600)
    ca_file: str = text(r".*", "a path or nothing")
    doctor_user: str = text(r"[A-Za-z0-9._-]*", "a user of the broker or nothing")
    doctor_password_file: str = text(r".*", "a path or nothing")
    files: str = text(r".*", "a folder or nothing")
    sites_url: str = text(r"(mqtts?://[^@]+)?", "mqtt://host[:port] or mqtts://host[:port] without a user, or nothing")

    @property
    def for_sites(self) -> "Broker":
        """The same broker as sites reach it, as nobody yet."""
        scheme = "mqtts" if self.tls else "mqtt"
        return replace(self, url=self.sites_url or f"{scheme}://{self.host}:{self.port}", password_file="")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or (8883 if self.tls else 1883)

    @property
    def tls(self) -> bool:
        return self.url.startswith("mqtts:")

    @property
    def user(self) -> str | None:
        return urlsplit(self.url).username

    @property
    def password(self) -> str | None:
        if self.password_file:
            return secret_in(self.password_file)
        return urlsplit(self.url).password

    def as_user(self, name: str, password_file: str) -> "Broker":
        """The same broker for another of its users."""
        address = f"{'mqtts' if self.tls else 'mqtt'}://{name}@{self.host}:{self.port}"
        return replace(self, url=address, password_file=password_file)
