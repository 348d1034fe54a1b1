"""The processor at hand: what a timing that is kept was taken on."""

from __future__ import annotations

import functools
import hashlib
import platform
import subprocess
import sys
from pathlib import Path

_TOLD = ("model name", "flags", "Features", "CPU implementer", "CPU part", "CPU architecture")
"""Of the first processor in Linux' list, on x86 and on Arm."""


def _facts() -> dict[str, str]:
    """Return what the system tells of its first processor."""
    try:
        if sys.platform == "darwin":
            asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            answer = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True)
            return {"model name": answer.stdout.strip()}
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except (OSError, subprocess.SubprocessError):
        return {}
    lines = (line.partition(":") for line in first.partition("\n\n")[0].splitlines())
    found = {name.strip(): value.strip() for name, _, value in lines}
    return {name: found[name] for name in _TOLD if name in found}


@functools.cache
def name() -> str:
    """Return what the processor is called, as far as the system tells."""
    return _facts().get("model name") or platform.processor() or platform.machine()


@functools.cache
def features() -> frozenset[str]:
    """Return the words for what its instructions can do, as the system writes them."""
    facts = _facts()
    return frozenset(f"{facts.get('flags', '')} {facts.get('Features', '')}".split())


@functools.cache
def fingerprint() -> str:
    """Return a hash that is another one on a processor with other instructions."""
    told = "\n".join((platform.machine(), platform.processor(), *sorted(_facts().values())))
    return hashlib.sha256(told.encode()).hexdigest()
