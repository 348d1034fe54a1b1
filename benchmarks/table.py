"""What a benchmark says: rows of numbers beside the reach they are held against.

Every module of ``benchmarks`` offers ``rows() -> list[Row]``; ``benchmarks/__main__.py`` runs them
one after the other and prints one table.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import psutil

VERSIONS = (
    "numpy",
    "scipy",
    "onnxruntime",
    "torch",
    "av",
    "soundfile",
    "soxr",
    "PySide6-Essentials",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number.

    Parameters
    ----------
    group
        What it belongs to ("Live", "Files", …); rows of one group stand together.
    name
        What was measured, in words.
    value, unit
        The number and its unit ("ms", "× real time", "%", "MB").
    target
        The reach in words ("≤ 30 ms"); empty when there is none.
    ok
        Whether the reach is met; ``None`` when there is no reach, or nothing could be measured.
    note
        Conditions somebody needs to read the number right.
    """

    group: str
    name: str
    value: float
    unit: str
    target: str = ""
    ok: bool | None = None
    note: str = ""


def at_most(group: str, name: str, value: float, unit: str, *, limit: float, note: str = "") -> Row:
    """Return a row whose value should not be above ``limit``."""
    return Row(group, name, value, unit, f"≤ {number(limit)} {unit}", value <= limit, note)


def at_least(
    group: str, name: str, value: float, unit: str, *, limit: float, note: str = ""
) -> Row:
    """Return a row whose value should not be under ``limit``."""
    return Row(group, name, value, unit, f"≥ {number(limit)} {unit}", value >= limit, note)


def best_of(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the shortest of ``repeats`` runs in seconds: what the machine can do undisturbed."""
    return min(_times(function, repeats))


def median_of(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the median of ``repeats`` runs in seconds."""
    return statistics.median(_times(function, repeats))


def _times(function: Callable[[], object], repeats: int) -> list[float]:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return times


def peak_memory() -> int:
    """Return the most bytes this process ever held.

    Linux has it in ``/proc``: what ``getrusage`` says there goes on from the parent's peak.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(t for t in status.read_text().splitlines() if t.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    memory = psutil.Process().memory_info()
    if sys.platform == "win32":
        return memory.peak_wset
    import resource  # not on every system

    return max(memory.rss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def number(value: float) -> str:
    """Return ``value`` with three significant digits, without an exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def save_rows(rows: Iterable[Row], path: Path) -> None:
    """Write the rows as JSON."""
    path.write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Read what :func:`save_rows` wrote."""
    return [Row(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]


def verdict(row: Row) -> str:
    """Return a word for whether the reach is met."""
    return {True: "met", False: "**missed**", None: ""}[row.ok]


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown, one table a group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    lines: list[str] = []
    for group, members in groups.items():
        lines += [
            f"## {group}",
            "",
            "| what | measured | reach | | note |",
            "|---|---:|---|---|---|",
        ]
        lines += [
            f"| {row.name} | {number(row.value)} {row.unit} | {row.target} | {verdict(row)} "
            f"| {row.note} |"
            for row in members
        ]
        lines.append("")
    return "\n".join(lines)


def cpu_model() -> str:
    """Return the processor's name as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def system_name() -> str:
    """Return the operating system with its version."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"


def machine() -> str:
    """Return a Markdown list that describes where the numbers were measured."""
    versions = ", ".join(f"{name} {_version(name)}" for name in VERSIONS)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    load = psutil.getloadavg()[0]
    return "\n".join(
        [
            f"- processor: {cpu_model()}, {usable} cores",
            f"- memory: {memory:.0f} GiB",
            f"- system: {system_name()}, Python {sys.version.split()[0]}",
            f"- versions: {versions}",
            f"- load average when the run began: {load:.1f}",
        ]
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(not installed)"
