"""Runs the migrations on the engine that models.database hands over, in one transaction."""

from alembic import context

import models.account
import models.alarm
import models.audit
import models.availability
import models.bed
import models.binding
import models.broker_user
import models.card_day
import models.change
import models.day
import models.day_begin
import models.device
import models.diary
import models.event
import models.guest_day
import models.hours
import models.inbox
import models.letter
import models.month_sum
import models.observed
import models.occupancy
import models.person
import models.place
import models.recipient
import models.service
import models.usual
import models.wall  # noqa: F401 - each module above declares tables
from models.base import Base
from models.database import transaction
from models.postgresql import unhurried

with transaction(context.config.attributes["engine"]) as connection:
    if connection.dialect.name == "postgresql":
        unhurried(connection)
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=False
    )
    context.run_migrations()
