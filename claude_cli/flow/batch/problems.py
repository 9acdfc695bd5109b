"""What is wrong with rows, for the user: equal problems share a line."""

from collections.abc import Iterator

MOST_PROBLEMS = 20
"""Different problems that are named; the rows of the others are counted."""

MOST_PLACES = 5
"""Rows that are named of one problem; the others are counted."""


class Problems:
    """Collects problems; memory does not grow with their number."""

    def __init__(self) -> None:
        self.count = 0
        """Rows with a problem."""
        self._places: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._others = 0

    def add(self, place: str, problem: str) -> None:
        self.count += 1
        if problem not in self._places and len(self._places) == MOST_PROBLEMS:
            self._others += 1
            return
        places = self._places.setdefault(problem, [])
        if len(places) < MOST_PLACES:
            places.append(place)
        self._counts[problem] = self._counts.get(problem, 0) + 1

    def lines(self) -> Iterator[str]:
        """`line 3, line 7 and 18 more: not JSON`, in the order in which they were found."""
        for problem, places in self._places.items():
            more = self._counts[problem] - len(places)
            rest = f" and {more} more" if more else ""
            yield f"{', '.join(places)}{rest}: {problem}"
        if self._others:
            yield f"{self._others} rows more have other problems"
