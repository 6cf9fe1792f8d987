"""The curve of what is usual is the one that the clock has reckoned for this day."""

from datetime import date, timedelta

from dashboard.queries.usual import usual_curve, usual_of_day, usual_reckoned_at
from dashboard.rows import UsualPoint
from models.civil_day import wall_steps
from models.database import read_only
from models.usual import STEPS, Point, written
from tests.dashboard.town import SITE

ZONE, DAY = "Asia/Shanghai", date(2026, 11, 23)


def test_a_point_stands_at_the_end_of_its_quarter_of_an_hour_and_only_on_its_day(own_town):
    town = own_town()
    points = [None] * 40 + [Point(12, 10, 16, 4)] + [None] * (STEPS - 41)
    row = (f"site:{SITE}", "people", "2026-11-23", written(points))
    town.write("insert into usual (scope, figure, day, points) values (?, ?, ?, ?)", row)
    town.write("insert into job_run (job, period, done_at) values ('reckon_usual', '2026-11-23', 7)")
    with read_only(town.engine) as connection:
        end = wall_steps(DAY, ZONE, 15)[40][1]
        assert usual_curve(connection, f"site:{SITE}", DAY, ZONE) == (UsualPoint(end, 10, 12, 16),)
        assert usual_curve(connection, "site:d-003", DAY, ZONE) == ()
        assert usual_curve(connection, f"site:{SITE}", DAY + timedelta(days=1), ZONE) == ()
        assert usual_of_day(connection, DAY) == {(f"site:{SITE}", "people"): points}
        assert (usual_reckoned_at(connection, DAY), usual_reckoned_at(connection, DAY + timedelta(days=1))) == (7, None)
