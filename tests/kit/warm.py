"""Processes of the program that begin with everything imported: forks of one that only waits.

A new interpreter that imports torch and its exporter works for seconds before it does anything.
The tests start dozens; what they ask about is what happens then. So ``Popen`` of the module that
starts processes is replaced by :func:`popen`: where the program's own command is to be started, a
server, begun once and without threads, forks and runs it, with the streams, the environment and the
folder asked for. Else the child is as ever: it has a number, can be killed, and ends with a status.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from genredesk.core.program import own_command

MODULES = (
    "genredesk.training.runs.train",
    "genredesk.training.runs.last_layer",
    "genredesk.training.runs.tasks",
    "genredesk.cli.worker",
)


class Server:
    """The process that forks; :meth:`start` has it start a child."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )
        if not self._socket.recv(1):  # what it sends when everything is imported
            raise RuntimeError("the process that forks has ended before it began")

    def start(self, streams: list[int], **asked: Any) -> tuple[int, int]:
        """Start a child; return its number, and a pipe on which its status will come."""
        status, theirs = os.pipe()
        try:
            message = json.dumps(asked).encode()
            socket.send_fds(self._socket, [len(message).to_bytes(4, "big")], [*streams, theirs])
            self._socket.sendall(message)
        finally:
            os.close(theirs)
        return int(os.read(status, 16)), status

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()


class WarmPopen(subprocess.Popen):
    """A child of the server, used like any other process."""

    server: Server

    def _execute_child(self, args: Any, *rest: Any) -> None:  # type: ignore[override]
        cwd, env = rest[4:6]
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = rest[9:15]
        new_session = rest[20]
        streams = [own if own != -1 else n for n, own in enumerate((p2cread, c2pwrite, errwrite))]
        self.pid, self._status = self.server.start(
            streams,
            words=list(args)[len(own_command()) :],
            cwd=os.fspath(cwd or Path.cwd()),
            env=dict(os.environ if env is None else env),
            new_session=new_session,
        )
        self._child_created = True
        for theirs, ours in ((p2cread, p2cwrite), (c2pwrite, c2pread), (errwrite, errread)):
            if -1 not in (theirs, ours):  # a pipe
                os.close(theirs)

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if wait_flags & os.WNOHANG and not select.select([self._status], [], [], 0)[0]:
            return 0, 0
        status = int(os.read(self._status, 16) or b"0")
        os.close(self._status)
        return self.pid, status

    def _internal_poll(self, _deadstate: Any = None, **_: Any) -> int | None:
        if self.returncode is None:
            with self._waitpid_lock:
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid == self.pid:
                        self._handle_exitstatus(status)
        return self.returncode


def popen(args: list[str], **options: Any) -> subprocess.Popen:
    """Start a process: a fork of the server when it is one of the program's own."""
    own = own_command()
    warm = isinstance(args, list) and args[: len(own)] == own
    return (WarmPopen if warm else subprocess.Popen)(args, **options)


def read_exporters_table_once() -> None:
    """Let torch's ONNX exporter keep its table of operators: a quarter of what an export costs."""
    with contextlib.suppress(ImportError, AttributeError):  # a torch that does it otherwise
        registration = importlib.import_module("torch.onnx._internal.exporter._registration")
        apis = registration.onnxscript_apis
        apis.get_torchlib_ops = functools.cache(apis.get_torchlib_ops)


# ---------------------------------------------------------------- in the server


def _become(streams: list[int], asked: dict[str, Any]) -> None:
    """Be a process of the program: never returns."""
    status = 1
    try:
        if asked["new_session"]:
            os.setsid()
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["env"])
        for n, (stream, name) in enumerate(
            zip(streams, ("stdin", "stdout", "stderr"), strict=True)
        ):
            os.dup2(stream, n)
            mode = "w" if n else "r"
            setattr(sys, name, open(n, mode, 1, encoding="utf-8", closefd=False))  # noqa: SIM115
        os.closerange(3, 256)
        from genredesk.__main__ import main

        sys.argv = ["genredesk", *asked["words"]]
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last one to see it
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status)


def _export_something() -> None:
    """Have torch import what it imports for its first export."""
    import torch

    from genredesk.training.export import export

    class Smallest(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            embedding = x.mean((1, 3))
            return embedding[:, :2], embedding

    torch.set_num_threads(1)
    read_exporters_table_once()
    export.graph(Smallest(), (1, 4, 3))


def _whole(line: socket.socket, n: int) -> bytes:
    data = b""
    while len(data) < n:
        data += line.recv(n - len(data))
    return data


def serve(line: socket.socket) -> None:
    """Fork when asked to, and tell how each child ended, until nobody is there to ask."""
    for name in MODULES:
        importlib.import_module(name)
    _export_something()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, int] = {}
    line.sendall(b"!")
    while True:
        ready, _, _ = select.select([line, woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            for pid in list(children):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    with contextlib.suppress(OSError):
                        os.write(children[pid], b"%16d" % status)
                    os.close(children.pop(pid))
        if line in ready:
            size, fds, _, _ = socket.recv_fds(line, 4, 4)
            if not size:
                return
            asked = json.loads(_whole(line, int.from_bytes(size, "big")))
            *streams, report = fds
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _become(streams, asked)
            children[pid] = report
            for stream in streams:
                os.close(stream)
            os.write(report, b"%16d" % pid)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
