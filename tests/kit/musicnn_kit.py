"""A checkpoint of musicnn's layout with small random weights, in TensorFlow's format, by hand."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np

KERNELS = {
    "conv2d": (7, 38, 1, 204), "conv2d_1": (7, 67, 1, 204), "conv2d_2": (128, 1, 1, 51),
    "conv2d_3": (64, 1, 1, 51), "conv2d_4": (32, 1, 1, 51), "conv2d_5": (7, 561, 1, 64),
    "conv2d_6": (7, 64, 1, 64), "conv2d_7": (7, 64, 1, 64), "dense": (1506, 200),
    "dense_1": (200, 50),
}  # fmt: skip
NORMS = (1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    """Random tensors by the published names; a third of the batch norms' factors are negative."""
    rng = np.random.RandomState(seed)
    found = {}
    for name, shape in KERNELS.items():
        scale = 1 / np.sqrt(np.prod(shape[:-1]))
        found[f"{name}/kernel"] = (scale * rng.standard_normal(shape)).astype("f4")
        found[f"{name}/bias"] = (0.1 * rng.standard_normal(shape[-1])).astype("f4")
    for i, size in enumerate(NORMS):
        name = "batch_normalization" + f"_{i}" * (i > 0)
        sign = np.where(rng.rand(size) < 1 / 3, -1, 1)
        found[f"{name}/gamma"] = (sign * (0.5 + rng.rand(size))).astype("f4")
        found[f"{name}/beta"] = (0.3 * rng.standard_normal(size)).astype("f4")
        found[f"{name}/moving_mean"] = (0.3 * rng.standard_normal(size)).astype("f4")
        found[f"{name}/moving_variance"] = (0.5 + rng.rand(size)).astype("f4")
    found["batch_normalization/gamma"] = np.abs(found["batch_normalization/gamma"])
    return found


def varint(n: int) -> bytes:
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A LevelDB block; keys are written as what differs from the one before."""
    body, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        body += varint(shared) + varint(len(key) - shared) + varint(len(value))
        body += key[shared:] + value
        before = key
    return body + struct.pack("<II", 0, 1)


def checkpoint(tensors: dict[str, np.ndarray]) -> tuple[bytes, bytes]:
    """Contents of ``.index`` (in two blocks) and ``.data``; with a counter of another type."""
    data, entries = b"", [(b"", field(1, 1))]
    for name in sorted([*tensors, "step"]):
        value = tensors.get(name, np.int64(7))
        raw = np.asarray(value).tobytes()
        shape = b"".join(field(2, field(1, n)) for n in np.shape(value))
        kind = 1 if name in tensors else 9
        entry = field(1, kind) + field(2, shape) + (field(4, len(data)) if data else b"")
        entry += field(5, len(raw)) + varint(6 << 3 | 5) + b"\0\0\0\0"
        entries.append((name.encode(), entry))
        data += raw
    table, handles = b"", []
    half = len(entries) // 2
    for part in (entries[:half], entries[half:]):
        made = block(part)
        handles.append((part[-1][0], varint(len(table)) + varint(len(made))))
        table += made + b"\0" + bytes(4)
    index = block(handles)
    footer = varint(0) + varint(0) + varint(len(table)) + varint(len(index))
    table += index + b"\0" + bytes(4)
    magic = struct.pack("<Q", 0xDB4775248B80FB57)
    return table + footer.ljust(40, b"\0") + magic, data


LABELS = [f"tag {i}" for i in range(48)] + ["House", "Café"]


def wheel(path: Path) -> Path:
    """A wheel with one network as the published one holds it."""
    index, data = checkpoint(weights())
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("MSD_musicnn", "MTT_musicnn"):
            archive.writestr(f"musicnn/{name}/.index", index)
            archive.writestr(f"musicnn/{name}/.data-00000-of-00001", data)
        words = f"SR = 16000\nMSD_LABELS = {LABELS!r}\nMTT_LABELS = {LABELS!r}\n"
        archive.writestr("musicnn/configuration.py", words)
    return path
