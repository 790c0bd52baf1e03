"""Workbooks that somebody asked for."""

import uuid
from datetime import datetime

from chains.models import Chain, User
from config.ui.exports import WantedWorkbook
from reports.exports.models import Export
from reports.exports.services import ask_export
from tests.cast import LONG_AGO


def make_export(chain: Chain, user: User, path: str, *, rows: int = 7, at: datetime = LONG_AGO) -> Export:
    return ask_export(
        chain=chain,
        wanted=WantedWorkbook(path, "A list", "list.xlsx", rows),
        language="en",
        key=uuid.uuid4(),
        at=at,
        acting_user=user,
    )
