"""Reads the tensors of a TensorFlow checkpoint without TensorFlow.

A checkpoint is an index, a sorted table as LevelDB writes it (github.com/google/leveldb,
doc/table_format.md), and one file of raw little-endian numbers. The values of the table are
messages ``BundleEntryProto`` (tensorflow/core/protobuf/tensor_bundle.proto).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import DataError
from genredesk.core.messages import say

_FOOTER = 48
_MAGIC = 0xDB4775248B80FB57
_FLOAT = 1
"""Of TensorFlow's types; others (a counter of steps) are passed over."""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a block; a key is written as what differs from the one before."""
    if data[offset + size]:
        raise ValueError("a compressed table")
    block = data[offset : offset + size]
    (restarts,) = struct.unpack("<I", block[-4:])
    end, at, key = size - 4 * (restarts + 1), 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield numbers and values of a protocol buffer's fields."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
        elif kind == 2:
            length, at = _varint(message, at)
            yield tag >> 3, message[at : at + length]
            at += length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError("an unknown kind of field")


def _shape(message: bytes) -> tuple[int, ...]:
    sizes = []
    for number, dim in _fields(message):
        if number == 2 and isinstance(dim, bytes):
            sizes.append(next((int(v) for n, v in _fields(dim) if n == 1), 0))  # type: ignore[arg-type]
    return tuple(sizes)


def _entries(index: bytes) -> Iterator[tuple[str, bytes]]:
    if len(index) < _FOOTER or struct.unpack("<Q", index[-8:])[0] != _MAGIC:
        raise ValueError("no table")
    footer = index[-_FOOTER:]
    _, at = _varint(footer, 0)  # where the index of other indices lies
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    for _, handle in _block(index, offset, size):
        begin, at = _varint(handle, 0)
        length, _ = _varint(handle, at)
        for key, value in _block(index, begin, length):
            if key:  # the empty one is of the whole
                yield key.decode(), value


def tensors(index: bytes, data: bytes) -> Mapping[str, NDArray[np.float32]]:
    """Return the ``float32`` tensors of a checkpoint by name.

    Parameters
    ----------
    index, data
        Contents of its ``.index`` and of its only ``.data-00000-of-00001``.

    Raises
    ------
    DataError
        When it is damaged or of a kind that is not read here.
    """
    found: dict[str, NDArray[np.float32]] = {}
    try:
        for name, message in _entries(index):
            entry = dict(_fields(message))
            if entry.get(1) != _FLOAT:
                continue
            shape = _shape(bytes(entry.get(2, b"")))  # type: ignore[arg-type]
            begin, size = int(entry.get(4, 0)), int(entry.get(5, 0))
            if entry.get(3, 0) or size != 4 * math.prod(shape) or begin + size > len(data):
                raise ValueError(f"{name} does not lie in the data")
            found[name] = np.frombuffer(data, "<f4", math.prod(shape), begin).reshape(shape)
    except (ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise DataError(
            say("The checkpoint cannot be read ({reason}). Get it again.", reason=error)
        ) from error
    return found
