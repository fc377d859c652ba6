"""Pages of a matrix or a board: rows that are counted already, cut to one page."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from itsm.views.columns import words_for


@dataclass(frozen=True)
class Paging:
    """Where a reader is among ``total`` rows of ``size`` to a page; ``components/pagination.html`` prints it."""

    query: QueryDict
    total: int
    size: int

    @property
    def page(self) -> int:
        """The number of the page, from 1; beyond the last page it is the last."""
        asked = self.query.get("page", "1")
        number = int(asked) if asked.isdecimal() and len(asked) < 7 else 1
        return max(1, min(number, -(-self.total // self.size)))

    @property
    def first(self) -> int:
        """How many rows lie before this page."""
        return (self.page - 1) * self.size

    @property
    def records(self) -> bool:
        """Whether there is a row at all."""
        return self.total > 0

    @property
    def first_number(self) -> int:
        """The number of the first row on this page."""
        return self.first + 1

    @property
    def last_number(self) -> int:
        """The number of the last row on this page."""
        return min(self.first + self.size, self.total)

    @property
    def total_text(self) -> Any:
        """The number of all rows in words."""
        return words_for(self.total)

    @property
    def previous_url(self) -> str:
        """The address of the page before, or the empty text."""
        return self._url(self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The address of the next page, or the empty text."""
        return self._url(self.page + 1) if self.last_number < self.total else ""

    def _url(self, page: int) -> str:
        query = self.query.copy()
        query.pop("page", None)
        if page > 1:
            query["page"] = str(page)
        return f"?{query.urlencode()}"
