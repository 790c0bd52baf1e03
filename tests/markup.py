"""Reads the marks of pages: what the tests need of HTMLParser, in a small part of its time.

Hundreds of pages are read in a run, most of them of the visit window with its thousands of marks. What is no mark as
our templates write them (a `<` that is not escaped, a value without its end) fails here, where HTMLParser guesses.
"""

from __future__ import annotations

import re
from html import unescape

_PART = re.compile(
    r"""(
      ([^<]+)                                               # text
    | </ ([a-z][\w-]*) \s* >                                # an end
    | < ([a-z][\w-]*) ([^<>"'/]* (?: (?: "[^"]*" | '[^']*' | /(?!>) ) [^<>"'/]* )*) (/?) >
    | <!--.*?--> | <![^>]*>
    )""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_VALUE = re.compile(r"""([^\s=/"'>]+) (?: (=) (?: "([^"]*)" | '([^']*)' | ([^\s"'>]+) ) )?""", re.VERBOSE)


class Markup:
    """What a page is made of, from its beginning to its end; a reader overrides what it wants to know of."""

    def feed(self, page: str) -> None:
        length = 0
        for whole, text, ended, begun, values, is_closed in _PART.findall(page):
            length += len(whole)
            if text:
                self.text(unescape(text) if "&" in text else text)
            elif begun:
                self.begin(begun.lower(), values)
                if is_closed:
                    self.end(begun.lower())
            elif ended:
                self.end(ended.lower())
        assert length == len(page), f"{len(page) - length} signs are no markup"

    def begin(self, tag: str, written: str) -> None:
        """A mark begins, with its values as they are written; see ``values_of``."""

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


def values_of(text: str) -> dict[str, str | None]:
    """The values of a mark by name; None of one that is only named."""
    return {
        name.lower(): (unescape(value) if "&" in (value := double or single or bare) else value) if has_one else None
        for name, has_one, double, single, bare in _VALUE.findall(text)
    }
