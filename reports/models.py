"""The models of the rooms of reports, gathered."""

from reports.exports.models import Export, ExportPart
from reports.health.models import Heartbeat

__all__ = ["Export", "ExportPart", "Heartbeat"]
