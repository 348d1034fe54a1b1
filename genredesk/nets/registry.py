"""Finds the networks by file name; reads their names without running (or importing) anything heavy.

A network is one file of ``zoo`` that ends in ``NET = NetSpec(name=..., ...)``; its variants are
made there with ``.like(name=...)``. Names are read from the file's text, so a list of networks
costs milliseconds; torch is imported when the first specification is asked for.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import json
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from genredesk.core.errors import DataError
from genredesk.core.messages import say
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
        with contextlib.suppress(ModuleNotFoundError):  # without torch there is none to train
            return [spec.name for spec in _specs_in(module)]
        return []
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
    :mod:`genredesk.nets.joined`; ``edge[depth=2,width=16]`` is the network ``edge`` with other
    values of fields of its architecture (:attr:`~genredesk.nets.spec.NetSpec.fields`).

    Raises
    ------
    DataError
        When there is none of that name; the text lists those there are. When it has no such field,
        or cannot be built with such a value.
    """
    if AND in name:
        from genredesk.nets import joined  # noqa: PLC0415 - imports torch

        return joined.of([get(part) for part in name.split(AND)])
    base, _, rest = name.partition("[")
    module = _index().get(base)
    if module is None:
        raise DataError(
            say(
                "There is no network called {name!r}. Choose one of: {names}.",
                name=name,
                names=", ".join(names()),
            )
        )
    spec = next(spec for spec in _specs_in(module) if spec.name == base)
    return _changed(spec, name, _written_fields(name, rest)) if rest else spec


def _written_fields(name: str, rest: str) -> dict[str, Any]:
    """Read what stands in the brackets of a name: ``dropout=0.3,hidden=[64,32]]``."""
    values: dict[str, Any] = {}
    for part in re.split(r",(?=[a-z_][a-z_0-9]*=)", rest.removesuffix("]")):
        key, _, text = part.partition("=")
        try:
            values[key] = json.loads(text)
        except ValueError:
            raise DataError(
                say("{name}: {part} is no field and value of a network.", name=name, part=part)
            ) from None
    return values


def _value(spec: NetSpec, key: str, value: Any) -> Any:
    """Return a value in the type that a field has."""
    known = spec.fields
    if key not in known:
        has = ", ".join(known) or say("none that can be set")
        raise DataError(
            say(
                "The network {spec} has no field {key}. Its fields: {has}.",
                spec=spec.name,
                key=key,
                has=has,
            )
        )
    old = known[key]
    kind: Any = old.__class__
    if kind is float and type(value) is int:
        value = float(value)
    elif kind is tuple and isinstance(value, list):
        value = tuple(typing.cast(list[Any], value))
    if type(value) is not kind:
        raise DataError(
            say(
                "The network's {key} cannot be {value!r}; it is {old!r} by itself.",
                key=key,
                value=value,
                old=old,
            )
        )
    choices = _words(spec, key)
    if choices and value not in choices:
        raise DataError(
            say(
                "The network's {key} is one of {choices}, not {value}.",
                key=key,
                choices=", ".join(choices),
                value=value,
            )
        )
    return value


def _words(spec: NetSpec, key: str) -> tuple[str, ...]:
    """Return what a field of words can be; nothing for other fields."""
    made: Any = spec.build
    while isinstance(made, partial):
        made = made.func
    kind = typing.get_type_hints(made.__init__ if isinstance(made, type) else made).get(key)
    return typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()


def _changed(spec: NetSpec, name: str, values: dict[str, Any]) -> NetSpec:
    """Return a specification with other values of its fields, built once to see that it can be."""
    import torch  # noqa: PLC0415 - whoever gets a specification has imported it

    from genredesk.nets.network import count  # noqa: PLC0415

    typed = {key: _value(spec, key, value) for key, value in values.items()}
    build = partial(spec.build, **typed)
    try:
        with torch.device("meta"):
            counts = count(build(*spec.shape, spec.n_classes))
    except (ValueError, RuntimeError, TypeError, KeyError, IndexError, ZeroDivisionError) as error:
        raise DataError(
            say(
                "{name} cannot be built: {reason}. Choose values closer to the network's own.",
                name=name,
                reason=error,
            )
        ) from error
    said = ", ".join(f"{key} {value}" for key, value in values.items())
    return spec.like(
        name, build=build, title=f"{spec.title} ({said})", parameters=counts.total,
        trainable=counts.trainable, total=None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _written_frontends() -> dict[str, str]:
    """Name of every network to the name of its paper's front end, read as :func:`_index` does."""
    found: dict[str, str] = {}
    for module in dict.fromkeys(_index().values()):
        spec = importlib.util.find_spec(module)
        get_source: Any = getattr(spec.loader if spec else None, "get_source", None)
        source = get_source(module) if get_source else None
        if source is None:  # a frozen program keeps no text
            with contextlib.suppress(ModuleNotFoundError):
                found |= {one.name: one.frontend_name for one in _specs_in(module)}
            continue
        own = ""
        calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
        for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
            if _call_name(call) not in ("NetSpec", "like"):
                continue
            words = {
                k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)
            }
            own = own or str(words.get("frontend_name", ""))
            if "name" in words:
                found[str(words["name"])] = str(words.get("frontend_name", own))
    return found


def frontend_name(name: str) -> str:
    """Return the name of a network's front end without importing torch; empty when unknown."""
    return _written_frontends().get(name.partition("[")[0], "")


def families() -> tuple[NetSpec, ...]:
    """Every file's main network, with its variants in ``variants`` (imports them all)."""
    return tuple(importlib.import_module(m).NET for m in dict.fromkeys(_index().values()))
