"""Why something could not be used."""

from enum import StrEnum


class Reason(StrEnum):
    not_utf8 = "not_utf8"
    not_json = "not_json"
    too_large = "too_large"
    too_deep = "too_deep"
    unknown_kind = "unknown_kind"
    missing_field = "missing_field"
    unknown_field = "unknown_field"
    bad_value = "bad_value"
    bad_time = "bad_time"
    conflict = "conflict"
    spoofed = "spoofed"
    retained = "retained"
    personal_data = "personal_data"
    unreadable_vendor = "unreadable_vendor"
    unknown_site = "unknown_site"
    unknown_device = "unknown_device"


QUARANTINE = frozenset((Reason.unknown_site, Reason.unknown_device))
"""Kept until the site is registered or the device is bound."""
