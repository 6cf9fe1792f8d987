"""A secret that stands in a file of its own."""

import os
from pathlib import Path

from config.keys import ConfigError


def secret_in(path: str) -> str:
    """The secret without the white space around it. Raises ConfigError when it cannot be read, and when others can read it."""
    try:
        # Windows has no such modes.
        if os.name == "posix" and Path(path).stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others can read this secret, so it is none; run `chmod 600 {path}`")
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__}); it should hold a secret") from error
