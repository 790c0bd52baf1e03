"""Finds, in what people read, words that another one stands for: one word for one thing."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
NOT_OURS = {".venv", "var", "vendor", "tests", "migrations"}

#: What nobody should read, and the word for it.
INSTEAD = {
    r"\b(EMAIL|DATABASE|REDIS|SITE)_URL\b": "say in words what is set up, and who can do it",
    r"\b[Tt]ake (it|what|%\(name\)s|\{\{ name \}\}) off\b": "Put aside (a line), Take back (a discount, the referral)",
    r"^Take off$": "Put aside",
    r"\bWhat (meets|combines) where\b": "Conflicts",
    r"\bManual discount\b": "Discount by hand",
    r"^State$": "Status",
    r"\b[Ww]orkbook\b|\bspreadsheet\b": "file, or Excel",
    r"\b[Cc]ustomers?\b": "guest (at the desk), client (on file)",
    r"\b[Ll]og (in|out)\b": "sign in, sign out",
}

#: Texts in templates and in code, as gettext finds them.
TEXTS = (
    re.compile(r"""{%\s*translate\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)"""),
    re.compile(r"{%\s*blocktranslate[^%]*%}(?P<text>.*?){%\s*endblocktranslate", re.DOTALL),
    re.compile(r"""\b(?:_|gettext|gettext_lazy)\(\s*(?P<text>(?:"[^"]*"\s*)+)\)"""),
)


def texts_of(path: Path) -> list[tuple[int, str]]:
    """What people read of a file, with the line on which each text begins."""
    source = path.read_text()
    found = (match for pattern in TEXTS for match in pattern.finditer(source))
    return [(source.count("\n", 0, each.start()) + 1, each["text"].strip().strip('"')) for each in found]


def other_words(path: Path) -> list[str]:
    """Each text with a word that another one stands for, as `file:line: what`."""
    return [
        f"{path}:{line}: “{found[0]}” is called otherwise: {word}"
        for line, text in texts_of(path)
        for pattern, word in INSTEAD.items()
        if (found := re.search(pattern, text))
    ]


def main() -> int:
    files = [path for name in ("*.html", "*.txt", "*.py") for path in PROJECT.rglob(name)]
    ours = (path.relative_to(PROJECT) for path in files)
    found = [line for path in sorted(ours) if not NOT_OURS & set(path.parts) for line in other_words(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
