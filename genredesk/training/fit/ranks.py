"""Several processes on one training: what torchrun or fabric told each of them.

They are started from outside (``torchrun --nproc-per-node 2 -m genredesk train …``); Lightning
Fabric does the rest. The first makes the bundle and speaks, the others only help.
"""

from __future__ import annotations

import os

from genredesk.core.errors import DataError
from genredesk.training.plan.plan import TrainPlan


def rank() -> int:
    """Return this process's number, 0 when it is alone."""
    return int(os.environ.get("RANK", "0"))


def check(plan: TrainPlan) -> None:
    """Refuse what several processes cannot do, or several devices without their processes.

    Raises
    ------
    DataError
        With a sentence that says how it is started.
    """
    wanted = plan.devices * plan.nodes
    if wanted < 1:
        raise DataError("Devices and nodes are at least 1.")
    if wanted == 1:
        return
    here = int(os.environ.get("WORLD_SIZE", "1"))
    if here != wanted:
        nodes = f"--nnodes {plan.nodes} " if plan.nodes > 1 else ""
        raise DataError(
            f"{plan.devices} devices on {plan.nodes} machine(s) need {wanted} processes, and this "
            f"is one of {here}. Start it as: torchrun {nodes}--nproc-per-node {plan.devices} -m "
            "genredesk train …"
        )
    if plan.mode == "quick" or plan.minutes or plan.refit:
        raise DataError(
            "Quick mode, the search and the refit use one device. Leave --devices and --nodes out."
        )
