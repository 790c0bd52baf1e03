"""Finds what the content security policy would block: inline scripts, styles and event handlers in templates."""

import re
from html.parser import HTMLParser
from pathlib import Path

TEMPLATE_CODE = re.compile(r"{%.*?%}|{#.*?#}|{{.*?}}", re.DOTALL)


class Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "style":
            self.note("a style element")
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.note("a script without src")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.note(f"the attribute {name}")
            if (value or "").strip().lower().startswith(("javascript:", "js:")):
                self.note(f"code in the attribute {name}")

    def note(self, what: str) -> None:
        self.found.append((self.getpos()[0], what))


def inline_code(template: Path) -> list[str]:
    """What is inline in a template, each as `file:line: what`."""
    finder = Finder()
    # Only the line breaks of template code stay, so that the line numbers do.
    finder.feed(TEMPLATE_CODE.sub(lambda code: "\n" * code.group().count("\n"), template.read_text()))
    return [f"{template}:{line}: {what}" for line, what in finder.found]
