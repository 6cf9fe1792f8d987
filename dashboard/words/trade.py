"""The words that the catalogues of services and alarms bring themselves: one row there is enough for the screens."""

from functools import cache

from models.alarm import ALARM_TYPES
from models.service import CATALOGUE


@cache
def trade_words(language: str) -> dict[str, str]:
    """`service.CODE` and `alarm.CODE` -> name."""
    zh = language == "zh"
    services = {f"service.{code}": row.name_zh if zh else row.name_en for code, row in CATALOGUE.items()}
    alarms = {f"alarm.{code}": row.name_zh if zh else row.name_en for code, row in ALARM_TYPES.items()}
    return services | alarms
