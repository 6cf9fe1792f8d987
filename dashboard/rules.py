"""What the installation has decided of the days and of who is late, out of the configuration and the calendar's file."""

from config import Config
from dashboard.queries.live import Rules
from models.calendar import exceptions_of
from models.deadlines import deadlines_of


def rules_of(cfg: Config) -> Rules:
    exceptions = exceptions_of(cfg.time.days_file)
    return Rules(
        zone=cfg.time.zone,
        exceptions=exceptions,
        late_after_s=cfg.states.late_after_s,
        silent_after_s=cfg.states.silent_after_s,
        service_late_min=cfg.alarms.service_late_min,
        overrun_pct=cfg.alarms.overrun_pct,
        jump_s=cfg.clock.jump_s,
        settle_s=cfg.alarms.hearing_settle_s,
        deadlines=deadlines_of(cfg.deadlines),
        day_begins=cfg.time.begins,
        sign_by=cfg.letters.sign_by,
    )
