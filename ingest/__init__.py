"""The always-on worker: bytes and time in, facts and alarms out."""
