"""What Mosquitto tells of itself, to whom its rights allow it."""

VERSION = "$SYS/broker/version"
DROPPED = "$SYS/broker/publish/messages/dropped"
"""Messages that it has acknowledged and thrown away because a queue was full, since its start."""
