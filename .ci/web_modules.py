"""The contract on web modules, for import-linter; pyproject.toml says what it applies to.

Its own contracts name modules one by one or by wildcards that miss either the
top of an app or its rooms, and every new room would have to be added by hand.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class WebModules(Contract):
    """A web module is imported only by web modules and addresses of its own app; a task by nobody."""

    type_name = "web_modules"

    apps: Any = fields.ListField(subfield=fields.StringField())
    web_modules: Any = fields.ListField(subfield=fields.StringField())
    may_import_them: Any = fields.ListField(subfield=fields.StringField())
    imported_by_nobody: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = [
            (importer, imported)
            for imported in sorted(graph.modules)
            for importer in sorted(graph.find_modules_that_directly_import(imported))
            if not self.is_allowed(importer, imported)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def is_allowed(self, importer: str, imported: str) -> bool:
        app, *rooms = imported.split(".")
        importing_app, *importing_rooms = importer.split(".")
        if app not in self.apps:
            return True
        if set(rooms) & set(self.imported_by_nobody):
            return False
        if not set(rooms) & set(self.web_modules):
            return True
        return importing_app == app and bool(set(importing_rooms) & {*self.web_modules, *self.may_import_them})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} is not allowed to import {imported}")
