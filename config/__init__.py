"""Every number that an operator may change: typed, frozen, read once. One file for each section of config.yaml.

Order: config.yaml (or the file in ELDERCARE_CONFIG), then ELDERCARE_<SECTION>_<KEY>. Every key must be in its section's
shape; an unknown one, in the file or in the environment, is an error, so that a typo never passes silently.
"""

from config.accounts import Accounts
from config.alarms import Alarms
from config.broker import Broker
from config.keys import ConfigError
from config.notify import Notify
from config.reading import PREFIX, SHIPPED, load
from config.secret import secret_in
from config.sections import Config
from config.wall import Wall

__all__ = [
    "PREFIX",
    "SHIPPED",
    "Accounts",
    "Alarms",
    "Broker",
    "Config",
    "ConfigError",
    "Notify",
    "Wall",
    "load",
    "secret_in",
]
