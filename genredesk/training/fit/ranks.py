"""Several processes on one training: what torchrun or fabric told each of them.

They are started from outside (``torchrun --nproc-per-node 2 -m genredesk train …``); Lightning
Fabric does the rest. The first makes the bundle and speaks, the others only help. On several
machines the same command is started on each, with ``--nodes`` and the same songs; when one is lost
all end, and the same command with ``--resume`` goes on after the last whole epoch.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.training.plan.plan import TrainPlan


def rank() -> int:
    """Return this process's number, 0 when it is alone."""
    return int(os.environ.get("RANK", "0"))


_WIRE = re.compile(r"gloo|nccl|connection (closed|reset|refused)|timed? ?out", re.IGNORECASE)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Say plainly that another process of the run is lost, instead of what the wire says.

    Raises
    ------
    DataError
        With what to do, when the block fails for want of another process.
    """
    try:
        yield
    except RuntimeError as error:
        if int(os.environ.get("WORLD_SIZE", "1")) == 1 or not _WIRE.search(str(error)):
            raise
        where = re.search(r"\[?((?:\d{1,3}\.){3}\d{1,3})\]?:\d+", str(error))
        raise DataError(
            say(
                "Another process of this training{where} has ended or cannot be reached; it may "
                "have said why. Start the same command on every machine again with --resume: it "
                "goes on after the last whole epoch.",
                where=f" ({where[1]})" if where else "",
            )
        ) from error


def alone() -> None:
    """Make this process one of its own, though torchrun started it with others.

    For work that processes share by a folder instead: each trains whole networks by itself.
    """
    for name in ("RANK", "LOCAL_RANK", "GROUP_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE",
                 "TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT"):  # fmt: skip
        os.environ.pop(name, None)


def check(plan: TrainPlan) -> None:
    """Refuse what several processes cannot do, or several devices without their processes.

    Raises
    ------
    DataError
        With a sentence that says how it is started.
    """
    wanted = plan.devices * plan.nodes
    if wanted < 1:
        raise DataError(say("Devices and nodes are at least 1."))
    if wanted == 1:
        return
    here = int(os.environ.get("WORLD_SIZE", "1"))
    if here != wanted:
        nodes = f"--nnodes {plan.nodes} " if plan.nodes > 1 else ""
        raise DataError(
            say(
                "{devices} devices on {nodes} machine(s) need {wanted} processes, and this is "
                "one of {here}. Start it as: torchrun {options}--nproc-per-node {devices} -m "
                "genredesk train …",
                devices=plan.devices,
                nodes=plan.nodes,
                wanted=wanted,
                here=here,
                options=nodes,
            )
        )
    if plan.mode == "quick" or plan.minutes or plan.refit:
        raise DataError(
            say(
                "Quick mode, the search and the refit use one device. Leave --devices and "
                "--nodes out."
            )
        )
