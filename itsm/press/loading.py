"""Load WeasyPrint without what a report of ours does not use: half of its start."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from itsm.press.binding import read_beforehand

# They cut and convert fonts. HarfBuzz cuts ours, which are neither compressed nor variable.
_RARE = ("fontTools.subset", "fontTools.varLib.instancer", "fontTools.ttLib.woff2")


class _Stand(ModuleType):
    """Stands for a module of functions; the first call of one loads it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **options: Any) -> Any:
            for rare in _RARE:
                if isinstance(sys.modules.get(rare), _Stand):
                    del sys.modules[rare]
            return getattr(import_module(self.__name__), name)(*args, **options)

        return call


def load_engine() -> None:
    """Load WeasyPrint. Raises OSError when there is no Pango library."""
    for name in _RARE:
        sys.modules[name] = _Stand(name)
    with read_beforehand():
        import_module("weasyprint")
