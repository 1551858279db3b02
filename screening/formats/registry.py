"""All formats, found by looking into the folder of readers."""

from __future__ import annotations

import importlib
import pkgutil

from screening.formats import readers
from screening.formats.base import Reader


def _found() -> dict[str, Reader]:
    modules = (
        importlib.import_module(f"{readers.__name__}.{info.name}") for info in pkgutil.iter_modules(readers.__path__)
    )
    found: list[Reader] = [module.READER for module in modules]
    return {reader.name: reader for reader in sorted(found, key=lambda reader: reader.label.casefold())}


FORMATS: dict[str, Reader] = _found()
