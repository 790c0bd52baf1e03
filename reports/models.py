"""The models of the rooms of reports, gathered."""

from reports.exports.models import Export, ExportPart

__all__ = ["Export", "ExportPart"]
