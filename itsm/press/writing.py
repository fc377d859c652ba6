"""The objects of a PDF, each made into bytes once.

pydyf asks each object for its bytes twice, for the file and for the fingerprint of its content,
and packs every stream anew each time.
"""

import pydyf


class _Settled(pydyf.Object):  # type: ignore[misc]
    """An object that will not change any more."""

    def __init__(self, item: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation, self.free = item.number, item.generation, item.free
        self._data, self._compressible = item.data, item.compressible

    @property
    def data(self) -> bytes:
        return self._data

    @property
    def compressible(self) -> bool:
        return self._compressible


def settle(_document: object, pdf: pydyf.PDF) -> None:
    """Settle all objects of a finished document; a finisher of WeasyPrint."""
    pdf.objects = [item if item.free == "f" else _Settled(item) for item in pdf.objects]
