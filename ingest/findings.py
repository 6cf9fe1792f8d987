"""What a check found: good, to be looked at, or broken; and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    level: str
    """ok, warn or fail."""
    name: str
    said: str
    to_do: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<4}  {self.name:<15}  {' '.join(self.said.split())}"
        return f"{line} → {self.to_do}" if self.to_do else line


def ok(name: str, said: str) -> Finding:
    return Finding("ok", name, said)


def warn(name: str, said: str, to_do: str) -> Finding:
    return Finding("warn", name, said, to_do)


def fail(name: str, said: str, to_do: str) -> Finding:
    return Finding("fail", name, said, to_do)
