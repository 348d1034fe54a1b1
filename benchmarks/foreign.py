"""What an imported model costs: a graph of EfficientNet-B0's size and two heads on its embedding.

The graph has the layers of Tan and Le (2019), random weights and the input of Discogs-EffNet; what
it answers means nothing, what it takes does.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median

import soundfile
import torch
from torch import Tensor, nn

from benchmarks.inference import SONG_S, music
from benchmarks.table import Row, at_least, at_most
from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.inference.foreign import importing
from genredesk.inference.pieces import one_window
from genredesk.inference.runtime import Runtime, open_runtime
from genredesk.inference.track import analyse_track
from genredesk.training.export import export

LABELS = 400
TURNS = 5
_B0 = (
    (1, 16, 1, 3, 1), (6, 24, 2, 3, 2), (6, 40, 2, 5, 2), (6, 80, 3, 3, 2), (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2), (6, 320, 1, 3, 1),
)  # fmt: skip
"""Expansion, channels, repeats, kernel and stride of each stage (their table 1)."""


class _Scaled(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, n: int, squeezed: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(n, squeezed, 1), nn.SiLU(),
            nn.Conv2d(squeezed, n, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x * self.body(x)


def _conv(n_in: int, n_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_out))


class _Block(nn.Module):
    def __init__(self, n_in: int, n_out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = n_in * expansion
        first = [_conv(n_in, wide, 1), nn.SiLU()] if expansion > 1 else []
        self.body = nn.Sequential(
            *first, _conv(wide, wide, kernel, stride, wide), nn.SiLU(),
            _Scaled(wide, max(1, n_in // 4)), _conv(wide, n_out, 1),
        )  # fmt: skip
        self.same = n_in == n_out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.same else self.body(x)


class EffNet(nn.Module):
    """EfficientNet-B0 over ``(batch, 128, 96)``, 400 sigmoid styles and 1,280 numbers."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_conv(1, 32, 3, 2), nn.SiLU()]
        have = 32
        for expansion, channels, repeats, kernel, stride in _B0:
            for i in range(repeats):
                layers.append(_Block(have, channels, expansion, kernel, stride if i == 0 else 1))
                have = channels
        self.body = nn.Sequential(*layers, _conv(have, 1280, 1), nn.SiLU())
        self.head = nn.Linear(1280, LABELS)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.body(mel[:, None]).mean((2, 3))
        return torch.sigmoid(self.head(embedding)), embedding


class _Head(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1280, 512), nn.ReLU(), nn.Linear(512, n))

    def forward(self, embeddings: Tensor) -> Tensor:
        return torch.softmax(self.layers(embeddings), 1)


def _saved(net: nn.Module, path: Path, shape: tuple[int, ...], names: tuple[str, ...]) -> Path:
    example = torch.zeros((2, *shape))
    open_batch = ({0: torch.export.Dim("batch", min=1, max=1024)},)
    with export.quiet(), torch.no_grad():
        program = torch.onnx.export(
            net.eval(), (example,), dynamo=True, input_names=[names[0]],
            output_names=list(names[1:]), dynamic_shapes=open_batch, verbose=False,
        )  # fmt: skip
    assert program is not None
    path.write_bytes(program.model_proto.SerializeToString())
    return path


def imported(folder: Path) -> Bundle:
    """Write the graphs with their JSON and import them."""
    torch.manual_seed(0)
    styles = [f"{p}---{c}" for p in "ABCDEFGH" for c in range(50)]
    model = _saved(
        EffNet(), folder / "effnet-size.onnx", (128, 96),
        ("melspectrogram", "activations", "embeddings"),
    )  # fmt: skip
    tasks = {"happy": ("happy", "non_happy"), "voice": ("instrumental", "voice")}
    heads = [
        _saved(_Head(2), folder / f"{name}.onnx", (1280,), ("embeddings", "activations"))
        for name in tasks
    ]
    for file, classes, algorithm in (
        (model, styles, "TensorflowPredictEffnetDiscogs"),
        *((h, c, "TensorflowPredict2D") for h, c in zip(heads, tasks.values(), strict=True)),
    ):
        told = {"name": file.stem, "classes": classes, "inference": {"algorithm": algorithm}}
        file.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
    return importing.import_together([model, *heads])[0]


def _live_ms(bundle: Bundle, runtime: Runtime) -> float:
    """Return milliseconds of processor time for one answer, front end and network."""
    spec = bundle.card.frontend
    sound = music(spec.window_s + 1, spec.sample_rate)[: spec.window_samples]
    begin = time.process_time()
    logits, _ = runtime.run(one_window(spec, sound)[None])
    bundle.card.probabilities(logits[0])
    return 1000 * (time.process_time() - begin)


def rows() -> list[Row]:
    """Import the graph and measure what it takes, in processor time."""
    with tempfile.TemporaryDirectory(prefix="genredesk-") as text:
        folder = Path(text)
        os.environ["GENREDESK_HOME"] = str(folder / "home")
        bundle = imported(folder)
        mine = bundles.find("genredesk-live")
        runtime, live = open_runtime(bundle), open_runtime(mine)
        rate = bundle.card.frontend.sample_rate
        song = folder / "song.wav"
        soundfile.write(song, music(SONG_S, rate), rate)
        answers, files, ratios = [], [], []
        for _ in range(TURNS):
            answers.append(min(_live_ms(bundle, runtime) for _ in range(10)))
            ratios.append(answers[-1] / min(_live_ms(mine, live) for _ in range(10)))
            begin = time.process_time()
            analyse_track(song, bundle, runtime, JobContext())
            files.append(SONG_S / (time.process_time() - begin))
        runtime.close()
        live.close()
    note = f"{bundle.card.parameters / 1e6:.1f} M weights, {len(bundle.card.words)} words"
    group = "Imported, EfficientNet-B0's size, two heads"
    return [
        at_most(group, "one live answer", median(answers), "ms", limit=500, note=note),
        Row(group, "the same in answers of genredesk-live", median(ratios), "×"),
        at_least(
            group, "whole file, a window every 0.99 s", median(files), "× real time a core",
            limit=70,
        ),
    ]  # fmt: skip
