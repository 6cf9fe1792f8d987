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

MEANING: dict[Reason, str] = {
    Reason.too_large: "The message is larger than 256 KiB or holds more than 500 events.",
    Reason.not_utf8: "The bytes are not UTF-8.",
    Reason.too_deep: "More than 16 brackets are open at once outside strings.",
    Reason.not_json: "The message does not follow the grammar of JSON, or is empty.",
    Reason.unknown_kind: "No such kind in this version, or another version in the topic.",
    Reason.missing_field: "A needed field is absent, or one of two that come together.",
    Reason.unknown_field: "A field that the kind does not have.",
    Reason.bad_value: "A value of the wrong type or outside its bounds, `null`, `kind` given twice, or no event at all.",
    Reason.bad_time: "Not RFC 3339 with an offset, not in the years 1970 to 2100, or older than the raw data that are kept.",
    Reason.conflict: "The identity came before with another event; the first counts.",
    Reason.spoofed: "`site` is not the site of the topic.",
    Reason.retained: "Delivered with the retain flag and not known: an old message is no news.",
    Reason.personal_data: "A token looks like an identity or mobile number; it is masked and cannot be replayed.",
    Reason.unreadable_vendor: "A binding reads this device, and its table cannot read these bytes.",
    Reason.unknown_site: "The site is not registered, or its name breaks the pattern (quarantine).",
    Reason.unknown_device: "Vendor's bytes that no binding reads (quarantine).",
}
"""In the order in which a message is judged."""
