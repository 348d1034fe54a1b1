from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from genredesk.outputs import OutputState, OutputThread, open_output


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for a condition; a machine under load takes its time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.01)


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_until


@pytest.fixture
def free_port() -> Callable[[], int]:
    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


class Opened:
    """Outputs of a test, with every state they had."""

    def __init__(self) -> None:
        self.outputs: list[OutputThread] = []
        self.states: list[OutputState] = []

    def __call__(self, address: str, **more) -> OutputThread:
        self.outputs.append(open_output(address, on_state=self.states.append, **more))
        return self.outputs[-1]

    @property
    def said(self) -> str:
        return self.states[-1].text if self.states else ""


@pytest.fixture
def opened() -> Iterator[Opened]:
    outputs = Opened()
    yield outputs
    for output in outputs.outputs:
        output.close()


@pytest.fixture
def program() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start another program; it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*command: str) -> subprocess.Popen[str]:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed (sh packaging/system-deps test)")
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=30)
