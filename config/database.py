"""Where everything is kept, how long an answer is waited for, and the key that seals."""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from config.keys import ConfigError, number, text
from config.secret import secret_in


@dataclass(frozen=True)
class Database:
    url: str = text(r"(sqlite:///|postgresql://).+", "sqlite:///path or postgresql://user:password@host/name")
    password_file: str = text(r".*", "a path or nothing")
    busy_timeout_s: float = number(0.1, 60)
    answer_timeout_s: float = number(0.5, 3600)
    cache_mib: int = number(1, 65536)
    seal_key_file: str = text(r".+", "a path")

    def with_password(self) -> "Database":
        """The password of `password_file` stands in the address from here on."""
        if not self.password_file:
            return self
        parts = urlsplit(self.url)
        if not parts.username:
            raise ConfigError(
                "database.password_file is set, but database.url names no user: postgresql://user@host/name"
            )
        user = f"{parts.username}:{quote(secret_in(self.password_file), safe='')}"
        return replace(self, url=parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl())
