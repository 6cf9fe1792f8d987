"""The words that the catalogues of services and alarms bring themselves: one row there is enough for the screens."""

from functools import cache

from models.alarm import ALARM_TYPES
from models.alarm_life import POSTS, REASONS_FALSE, REASONS_REOPEN, REMARKS, RESULTS, REVIEWS, Code
from models.calm import CALM_KINDS, CALM_REASONS
from models.incident import DONE, PREVENTION, TOLD_BY_MEANS
from models.service import CATALOGUE
from models.site_deeds import REASONS


@cache
def trade_words(language: str) -> dict[str, str]:
    """`service.CODE`, `alarm.CODE`, `reason.CODE` and the like -> name."""
    zh = language == "zh"
    services = {f"service.{code}": row.name_zh if zh else row.name_en for code, row in CATALOGUE.items()}
    alarms = {f"alarm.{code}": row.name_zh if zh else row.name_en for code, row in ALARM_TYPES.items()}
    calm = _named("calmkind", CALM_KINDS, language) | _named("calmreason", CALM_REASONS, language)
    return services | alarms | _chosen(language) | _named("reason", REASONS, language) | calm


def _chosen(language: str) -> dict[str, str]:
    """`post.CODE`, and under `chosen.CODE` whatever else is chosen at the alarms desk."""
    chosen = _named("chosen", RESULTS | REASONS_FALSE | REMARKS | REVIEWS | REASONS_REOPEN, language)
    incident = (
        _named("incdone", DONE, language)
        | _named("inctold", TOLD_BY_MEANS, language)
        | _named("incprevention", PREVENTION, language)
    )
    return _named("post", POSTS, language) | chosen | incident


def _named(family: str, codes: dict[str, Code], language: str) -> dict[str, str]:
    return {f"{family}.{code}": row.name_zh if language == "zh" else row.name_en for code, row in codes.items()}
