"""Finds the networks by file name; reads their names without running (or importing) anything heavy.

A network is one file of ``zoo`` that ends in ``NET = NetSpec(name=..., ...)``; its variants are
made there with ``.like(name=...)``. Names are read from the file's text, so a list of networks
costs milliseconds; torch is imported when the first specification is asked for.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator
from functools import lru_cache

from genredesk.core.errors import DataError
from genredesk.nets import zoo
from genredesk.nets.spec import AND, NetSpec


def _call_name(call: ast.Call) -> str:
    func = call.func
    return func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")


def _written_names(source: str) -> Iterator[str]:
    """Names of the specifications in a zoo file's text, in the order they are written."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
        if _call_name(call) not in ("NetSpec", "like"):
            continue
        for keyword in call.keywords:
            value = keyword.value
            if keyword.arg == "name" and isinstance(value, ast.Constant):
                yield str(value.value)


def _names_in(module: str) -> list[str]:
    found = importlib.util.find_spec(module)
    loader = found.loader if found else None
    get_source: Callable[[str], str | None] | None = getattr(loader, "get_source", None)
    source = get_source(module) if get_source else None
    if source is None:  # a frozen program keeps no text: then the module itself is asked
        return [spec.name for spec in _specs_in(module)]
    return list(_written_names(source))


def _specs_in(module: str) -> tuple[NetSpec, ...]:
    net: NetSpec = importlib.import_module(module).NET
    return (net, *net.variants)


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    """Name of every network and variant to the module that holds it."""
    index: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(zoo.__path__), key=lambda i: i.name):
        module = f"{zoo.__name__}.{info.name}"
        for name in _names_in(module):
            index.setdefault(name, module)
    return index


def names() -> tuple[str, ...]:
    """Every network and variant, family by family; imports neither torch nor a zoo file."""
    return tuple(_index())


def get(name: str) -> NetSpec:
    """Return the specification of the network or variant called ``name``.

    Names with a ``+`` between them are networks that hear together, see
    :mod:`genredesk.nets.joined`.

    Raises
    ------
    DataError
        When there is none of that name; the text lists those there are.
    """
    if AND in name:
        from genredesk.nets import joined  # noqa: PLC0415 - imports torch

        return joined.of([get(part) for part in name.split(AND)])
    module = _index().get(name)
    if module is None:
        raise DataError(
            f"There is no network called {name!r}. Choose one of: {', '.join(names())}."
        )
    return next(spec for spec in _specs_in(module) if spec.name == name)


def families() -> tuple[NetSpec, ...]:
    """Every file's main network, with its variants in ``variants`` (imports them all)."""
    return tuple(importlib.import_module(m).NET for m in dict.fromkeys(_index().values()))
