"""Places where nobody acts: an ``acting_user`` that may be left out or may be None (chains/acting.py)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

NAME = "acting_user"


def acting_as_nobody(text: str) -> list[int]:
    """The lines of a module that let ``acting_user`` be None: in a signature, in a class, or in a call."""
    return sorted({line for node in ast.walk(ast.parse(text)) for line in _nobody_in(node)})


def _nobody_in(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        yield from _in_signature(node.args)
    elif isinstance(node, ast.AnnAssign) and _is_named(node.target) and _says_none(node.annotation):
        yield node.lineno
    elif isinstance(node, ast.keyword) and node.arg == NAME and _says_none(node.value):
        yield node.value.lineno
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from (value.lineno for key, value in pairs if _is_text(key) and _says_none(value))


def _in_signature(arguments: ast.arguments) -> Iterator[int]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults, *arguments.kw_defaults]
    for argument, default in zip([*positional, *arguments.kwonlyargs], defaults, strict=True):
        if argument.arg == NAME and (default is not None or _says_none(argument.annotation)):
            yield argument.lineno


def _is_named(target: ast.expr) -> bool:
    return NAME in (getattr(target, "id", ""), getattr(target, "attr", ""))


def _is_text(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == NAME


def _says_none(part: ast.expr | None) -> bool:
    """Whether None stands anywhere in an annotation or a value, in words or as Optional."""
    nodes = ast.walk(part) if part is not None else ()
    return any(
        (isinstance(node, ast.Constant) and node.value is None)
        or "Optional" in (getattr(node, "id", ""), getattr(node, "attr", ""))
        for node in nodes
    )
