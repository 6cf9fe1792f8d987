"""Why staff correct a count or open and close a door: a choice of a list, so that no name slips into a reason."""

from models.alarm_life import Code

COUNT_REASONS = {
    "round": Code("例行盘点", "Regular round"),
    "missed": Code("有人未过计数口", "Somebody passed no counter"),
    "drift": Code("计数漂移", "The counter drifts"),
    "device_down": Code("计数设备故障", "The counter is broken"),
    "clearing": Code("清场归零", "Cleared the house"),
}
OPEN_REASONS = {
    "as_planned": Code("按时开门", "As planned"),
    "back": Code("恢复开放", "Open again"),
    "extra": Code("加开时段", "Extra hours"),
}
CLOSE_REASONS = {
    "as_planned": Code("按时关门", "As planned"),
    "nobody": Code("已无长者在场", "Nobody is in any more"),
    "weather": Code("恶劣天气", "Bad weather"),
    "repair": Code("设施检修", "Repairs"),
    "staff": Code("人手不足", "Too few staff"),
    "incident": Code("突发事件", "An incident"),
}
REASONS = COUNT_REASONS | OPEN_REASONS | CLOSE_REASONS
