"""What a line of the bill is called by other rows of the window, also before it is saved, and as others come and go."""

from __future__ import annotations

from collections.abc import Iterable

from visits.window.typed import Row

_NEW = "n"


def place_of(row: Row) -> str:
    """The saved line, else the name that the page gave it; empty until it did."""
    return row["line"] or row.get("place", "")


def with_places(rows: Iterable[Row]) -> list[Row]:
    """Rows of lines, each with its place: a new one gets the next."""
    rows = list(rows)
    taken = [int(place[1:]) for row in rows if (place := place_of(row)).startswith(_NEW) and place[1:].isdigit()]
    following, found = max(taken, default=0), list[Row]()
    for row in rows:
        place = place_of(row)
        if not place:
            following += 1
            place = f"{_NEW}{following}"
        found.append({**row, "place": place})
    return found
