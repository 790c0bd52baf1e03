"""Reads of a higher room through the names of relations and of modules, which no import shows.

A foreign key of ``visits`` to a chain gives the chain ``chain.visits`` and queries ``visits__…``, so that a room below
could read visits without importing them. This looks for such names in the rooms below the one whose model they come
from, by the layers that pyproject.toml declares. A name that something of the room itself or of one below has as well
is let pass: from the text alone it cannot be told which of the two is meant. A text that names a module or model of a
higher room is found too; only a foreign key may point there.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

#: What takes names of relations as text or as names of arguments.
QUERIES = {
    *("filter", "exclude", "get", "annotate", "aggregate", "alias", "order_by", "only", "defer", "distinct"),
    *("values", "values_list", "select_related", "prefetch_related", "select_for_update", "dates", "datetimes"),
    *("Q", "F", "OuterRef", "Prefetch", "Count", "Sum", "Max", "Min", "Avg", "ArrayAgg", "getattr", "attrgetter"),
}

#: What points to a model by its name.
POINTERS = {"ForeignKey", "OneToOneField", "ManyToManyField"}

_DOTTED = re.compile(r"[a-z_]+(\.[A-Za-z_]+)+")

#: Attributes of Django's own objects that are called like a relation: those of a ``ValidationError``.
OF_DJANGO = {"messages"}


@dataclass(frozen=True)
class Layers:
    """Rooms that import one way, the highest first; each layer may hold several rooms beside each other."""

    rooms: tuple[tuple[str, ...], ...]

    def of(self, module: str) -> int | None:
        """How far down the module lies, None where these layers do not say."""
        for depth, rooms in enumerate(self.rooms):
            if any(module == room or module.startswith(f"{room}.") for room in rooms):
                return depth
        return None

    def is_above(self, module: str, other: str) -> bool:
        """Whether ``module`` lies in a higher layer than ``other``."""
        depth, other_depth = self.of(module), self.of(other)
        return depth is not None and other_depth is not None and depth < other_depth


@dataclass(frozen=True)
class Relation:
    """A name that a model has (``of``, as a variable of it is called) by a model of the module ``by``."""

    of: str
    name: str
    by: str


@dataclass(frozen=True, order=True)
class Use:
    """A name that is read in a line, of something that is called ``of`` where that can be seen."""

    line: int
    name: str
    of: str = ""


def layers_of(pyproject: Mapping[str, object]) -> list[Layers]:
    """The layers of import-linter's contracts."""
    contracts = pyproject["tool"]["importlinter"]["contracts"]  # type: ignore[index]
    return [
        Layers(tuple(_rooms(layer, container) for layer in contract["layers"]))
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract.get("containers", [""])
    ]


def _rooms(layer: str, container: str) -> tuple[str, ...]:
    names = layer.replace("(", "").replace(")", "").replace("|", ":").split(":")
    return tuple(f"{container}.{name.strip()}".removeprefix(".") for name in names)


def upward_reads(sources: Mapping[str, str], relations: Iterable[Relation], layers: Iterable[Layers]) -> list[str]:
    """Each place of a module that uses a name which only models above it give; ``sources`` are texts by module."""
    trees = {module: ast.parse(text) for module, text in sources.items()}
    relations, layers = list(relations), list(layers)
    others: dict[str, set[str]] = defaultdict(set)
    for module, tree in trees.items():
        for name in _defined(tree):
            others[name].add(module)
    models = {relation.of for relation in relations}

    def givers(module: str, use: Use) -> set[str]:
        """The modules above that give the name, where it cannot be anything else."""
        found = {each.by for each in relations if each.name == use.name}
        if use.of in models:
            found = {each.by for each in relations if (each.of, each.name) == (use.of, use.name)}
        elif use.name in others:
            found |= others[use.name]
        is_above = all(any(layer.is_above(each, module) for layer in layers) for each in found)
        return found if is_above else set()

    by_relation = [
        f"{module}:{use.line}: {use.name} is read of {', '.join(sorted(found))}"
        for module, tree in sorted(trees.items())
        for use in sorted(set(_used(tree)))
        if any(use.name == each.name for each in relations) and (found := givers(module, use))
    ]
    by_text = [
        f"{module}:{use.line}: {use.name} is named"
        for module, tree in sorted(trees.items())
        for use in _named(tree)
        if any(layer.is_above(use.name, module) for layer in layers)
    ]
    return by_relation + by_text


def _defined(tree: ast.AST) -> Iterator[str]:
    """What an attribute of this name may be: members of classes, functions, what is set on an object."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                targets: list[ast.expr] = [statement.target] if isinstance(statement, ast.AnnAssign) else []
                targets = statement.targets if isinstance(statement, ast.Assign) else targets
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _used(tree: ast.AST) -> Iterator[Use]:
    """Attributes that are read, and the parts of lookups in queries; what is called at once is a method."""
    methods = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            if id(node) not in methods and node.attr not in OF_DJANGO:
                yield Use(node.lineno, node.attr, _name_of(node.value))
        elif isinstance(node, ast.Call) and _name_of(node.func) in QUERIES:
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            names = [each.arg for each in node.keywords if each.arg]
            for text in [*texts, *names]:
                yield from (Use(node.lineno, part) for part in text.removeprefix("-").split("__"))


def _named(tree: ast.AST) -> Iterator[Use]:
    """Texts that look like the name of a module or a model, save where a foreign key points."""
    pointed = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name_of(node.func) in POINTERS
        for each in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in pointed:
            continue
        if _DOTTED.fullmatch(node.value):
            yield Use(node.lineno, node.value)


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def relations_of_models() -> list[Relation]:
    from django.apps import apps

    return [
        Relation(_snake(model.__name__), name, relation.related_model.__module__)
        for model in apps.get_models()
        for relation in model._meta.related_objects
        for name in {relation.get_accessor_name() or "", relation.field.related_query_name()} - {""}
    ]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.insert(0, str(PROJECT))
    django.setup()
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    roots = pyproject["tool"]["importlinter"]["root_packages"]
    paths = [path.relative_to(PROJECT) for root in roots for path in (PROJECT / root).rglob("*.py")]
    sources = {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): (PROJECT / path).read_text()
        for path in paths
        if "migrations" not in path.parts
    }
    found = upward_reads(sources, relations_of_models(), layers_of(pyproject))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
