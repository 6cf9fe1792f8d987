from typing import Any


def add(subparsers: Any) -> None:
    pass
