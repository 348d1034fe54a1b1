"""The papers' experiments: their split, their table, and the word that says what leaks."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch

from genredesk.__main__ import main
from genredesk.core import atomic
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.features import frontend, papers
from genredesk.nets import registry
from genredesk.training.data import folders, segments, songs
from genredesk.training.evaluation import evaluate, paper_report, svg
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.run import FitResult
from genredesk.training.network.pretrained import Pretrained
from genredesk.training.plan import protocols
from genredesk.training.plan.recipe import RECIPES
from genredesk.training.runs import crossval, reproduce
from genredesk.training.runs.papers import claims, experiment, time_left, units
from genredesk.training.runs.papers.claims import Claims


@pytest.mark.parametrize("paper", list(protocols.PROTOCOLS))
def test_every_row_names_a_network_and_a_recipe_that_exist(paper):
    for row in protocols.get(paper).rows:
        assert registry.get(row.network).paper == paper
        assert row.recipe in RECIPES
        assert row.printed


def test_segments_are_the_windows_of_their_songs(toy):
    data = toy(4, columns=100)
    pieces = segments.of(data)
    assert len(pieces.songs) == 12 * 2
    assert pieces.songs[1].name == "hum.0#1"
    whole, _ = songs.windows_of(data, 0, 39)
    piece, starts = songs.windows_of(pieces, 1, 39)
    assert list(starts) == [0]
    assert (piece[0] == whole[1]).all()


def test_song_split_never_divides_a_song_and_segment_split_does(toy):
    data = toy(10, columns=160)
    shares = (0.8, 0.1, 0.1)
    whole = reproduce.divide(data, shares, 0)
    assert sorted(whole.train + whole.valid + whole.test) == list(range(30))
    pieces = segments.of(data)
    cut = reproduce.divide(pieces, shares, 0)
    owner = [place[0] for place in pieces.places]
    assert {owner[i] for i in cut.test} & {owner[i] for i in cut.train}


@pytest.mark.parametrize("each", [3, 4, 7])
def test_every_side_has_every_genre_however_few(toy, each):
    data = toy(each)
    parts = reproduce.divide(data, (0.8, 0.1, 0.1), 3)
    for side in (parts.train, parts.valid, parts.test):
        assert {data.songs[i].label for i in side} == {"hum", "whistle", "knock"}


@pytest.fixture
def made(toy, monkeypatch):
    """Put numbers in place of training; gives what was trained, in order."""
    data, trained = toy(8), []
    stub = torch.nn.Linear(3, 3)
    stub.penalty = lambda: torch.zeros(())
    epoch = EpochReport(1, 1, 0.5, 0.4, 0.3, 0.2, 1e-3, 0.1, best=True)

    def train(trial, data, parts, seed):
        trained.append((trial.network, trial.rules.name, seed))
        assert trial.rules.keep != "last" or parts.valid == parts.test
        return stub, FitResult({}, (epoch,), 1, 0.1, "cpu")

    def ask(trial, data, module, songs):
        labels = ("hum", "knock", "whistle")
        return evaluate.predict(data, songs, labels, lambda x: x[:, 0, 0, :3])

    monkeypatch.setattr(crossval, "trained", train)
    monkeypatch.setattr(crossval, "ask", ask)
    monkeypatch.setattr(time_left.probe, "each", lambda *_: 1.0)
    monkeypatch.setattr(reproduce._Reproduction, "songs", lambda *_: data)
    return trained


def listener(notes=None):
    return reproduce.ProgressListener(JobContext(), (notes if notes is not None else []).append)


def test_rows_of_one_experiment_are_trained_once(made, tmp_path):
    """With another number of epochs, 100 and 200 epochs are the same."""
    wish = reproduce.Wish("001", "folder", tmp_path / "x", runs=2, epochs=1)
    result = reproduce.reproduce(wish, listener())
    assert len(result["rows"]) == 16
    assert len(made) == 8 * 2
    assert [row["n_test"] for row in result["rows"]] == [6] * 16
    # 15 windows of each song and no others
    assert [row["n_windows"] for row in result["rows"]] == [90] * 16
    assert set(result["rows"][0]["measured"]) == {"raw", "sum", "majority", "sum of logits"}
    json.dumps(result)
    both = reproduce.reproduce(dataclasses.replace(wish, version="both"), listener())
    assert len(both["rows"]) == 32
    assert len(made) == 16 * 2  # segments and decay as printed, too


def test_rows_without_their_weights_are_left_out_until_there_are_some(
    made, tmp_path, monkeypatch, capsys
):
    wish = reproduce.Wish("002", "folder", tmp_path / "x", epochs=1)
    notes = []
    result = reproduce.reproduce(wish, listener(notes))
    assert [name for name, *_ in made] == ["kth-mel", "kth-mfcc", "kth-mel3"]
    assert [row["title"] for row in result["left_out"]] == ["MobileNetV2", "DenseNet121"]
    page = paper_report.page(result)
    assert page.count("<td>left out</td>") == 2
    names = re.findall(r'<text x="([\d.]+)" y="[\d.]+" text-anchor="end">([^<]*)\(raw\)', page)
    assert len(names) == 3
    assert all(float(x) > 5 * len(name) for x, name in names)  # none is cut off
    for said in (*notes, result["left_out_because"]):
        if "Left out" in said:
            assert "MobileNetV2, DenseNet121" in said
            assert "--random-start" in said
    with pytest.raises(DataError, match=r"Left out: DenseNet121.*--weights FILE"):
        reproduce.reproduce(dataclasses.replace(wish, only=("densenet121",)), listener())
    # the folder goes on with weights that came later, and with random ones
    weights = Pretrained("densenet121-a639ec97.pth", {})
    monkeypatch.setattr(reproduce.pretrained, "for_each", lambda *_, **__: {"densenet121": weights})
    later = reproduce.reproduce(wish, listener())
    assert [row["title"] for row in later["left_out"]] == ["MobileNetV2"]
    assert (wish.out / "runs" / "densenet121-densenet-transfer-densenet121-a639ec97.pth-e1-r0.json"
            ).is_file()  # fmt: skip
    every = reproduce.reproduce(dataclasses.replace(wish, random_start=True), listener())
    assert every["left_out"] == []
    assert len(every["rows"]) == len(made) == 5


def test_time_left_weighs_what_rows_cost(monkeypatch):
    costs = iter([3.0, 1.0])
    monkeypatch.setattr(time_left.probe, "each", lambda *_: next(costs))
    protocol = protocols.get("002")
    wish = reproduce.Wish("002", "folder", Path("x"), only=("kth-mel", "kth-mfcc"), epochs=2)
    every = units.units_of(wish, protocol, units.rows_of(wish, protocol), {})
    shares, now = [], iter([0.0, 180.0, 200.0, 270.0])
    monkeypatch.setattr(time_left, "time", SimpleNamespace(monotonic=lambda: next(now)))
    told = time_left.TimeLeft(every, JobContext(lambda progress: shares.append(progress.done)))
    told.missing(every)
    told.begin(every[0]).progress(1, 2, "epoch 1 of 2")
    assert shares == [37.5]
    assert told.said(every[0]) == "vanilla, mel: done, about 1 min left."
    told.missing(every[1:])
    told.begin(every[1]).progress(1, 2, "epoch 1 of 2")
    assert shares == [37.5, 87.5]
    assert told.said(every[1]) == "vanilla, MFCC: done, the last one."


def test_segments_are_as_long_as_the_text_says_or_as_they_were():
    def windows(paper, **wish):
        protocol = protocols.get(paper)
        asked = reproduce.Wish(paper, "folder", Path("x"), **wish)
        found = units.units_of(asked, protocol, units.rows_of(asked, protocol), {})
        return {unit.frontend for unit in found}

    run, printed = windows("001"), windows("001", version="printed")
    assert {spec.shape for spec in run} == {(1, 80, 80)}
    assert {spec.shape for spec in printed} == {(1, 80, 84)}
    assert {round(spec.window_s, 2) for spec in printed} == {0.97}
    assert windows("003") == {papers.PATEL_MFCC}
    assert windows("003", beside=True) == {papers.PATEL_MFCC, papers.PATEL_MFCC_130}


def test_what_was_finished_stays_and_the_rest_is_made(made, tmp_path, monkeypatch, capsys):
    wish = reproduce.Wish("000", "folder", tmp_path / "x", runs=2, epochs=1, only=("net1", "net2"))
    train = crossval.trained

    def killed(*args):
        if len(made) == 2:
            raise KeyboardInterrupt
        return train(*args)

    monkeypatch.setattr(crossval, "trained", killed)
    words = ["reproduce", "000", "--gtzan", "folder", "--out", str(wish.out), "--runs", "2"]
    assert main([*words, "--epochs", "1", "--only", "net1", "--only", "net2"]) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert [seed for *_, seed in made] == [0, 1]
    assert not list((wish.out / "claims").iterdir())
    monkeypatch.setattr(crossval, "trained", train)
    half = wish.out / "runs" / "net1-net1-e1-r1.json"
    half.write_text(half.read_text()[:100])
    notes = []
    result = reproduce.reproduce(wish, listener(notes))
    assert made[2:] == [("net1", "net1", 1), ("net2", "net1", 0), ("net2", "net1", 1)]
    assert [note for note in notes if "is not whole" in note and half.name in note]
    row = result["rows"][0]
    assert len(row["runs"]) == 2
    answers = np.load(wish.out / "runs" / "net1-net1-e1-r0.npz")
    assert answers["logits"].shape == (row["n_windows"], 3)
    assert sum(map(sum, row["runs"][0]["confusion"])) == row["n_test"]
    assert row["runs"][0]["averages"]["weighted"]["n"] == row["n_test"]
    again = reproduce.reproduce(wish, listener())
    assert again == result
    assert len(made) == 5


def test_two_processes_share_the_rows_and_end_with_one_table(made, tmp_path, monkeypatch):
    monkeypatch.setattr(reproduce, "_LOOK_AGAIN_S", 0.01)
    wish = reproduce.Wish("003", "folder", tmp_path / "x", runs=1, epochs=1)
    both = threading.Barrier(2)
    train = crossval.trained

    def together(*args):
        if len(made) < 2:
            both.wait(60)  # both are at work at once
        return train(*args)

    monkeypatch.setattr(crossval, "trained", together)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: reproduce.reproduce(wish, listener()), range(2))
    assert first["rows"] == second["rows"]
    assert len(first["rows"]) == 24
    assert len(made) == len(set(made)) == 24


def test_a_folder_of_another_experiment_or_version_is_named(made, tmp_path):
    wish = reproduce.Wish("000", "folder", tmp_path / "x", runs=1, epochs=1, only=("net1",))
    reproduce.reproduce(wish, listener())
    with pytest.raises(DataError, match="paper 000 instead of 003"):
        reproduce.reproduce(dataclasses.replace(wish, paper="003", only=()), listener())
    with pytest.raises(DataError, match="epochs: 1 instead of 2"):
        reproduce.reproduce(dataclasses.replace(wish, epochs=2), listener())
    said = wish.out / "experiment.json"
    said.write_text(said.read_text().replace('"format": 2', '"format": 9'))
    with pytest.raises(DataError, match="another version of GenreDesk"):
        reproduce.reproduce(wish, listener())
    said.write_text("{")
    with pytest.raises(DataError, match="is damaged"):
        reproduce.reproduce(wish, listener())
    assert (wish.out / "runs" / "net1-net1-e1-r0.json").is_file()


def test_no_room_is_said_and_what_was_finished_stays(made, tmp_path, monkeypatch):
    wish = reproduce.Wish("000", "folder", tmp_path / "x", runs=2, epochs=1, only=("net1",))
    write = atomic.write_json

    def full(path, value):
        if path.name.endswith("r1.json"):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, value)

    monkeypatch.setattr(atomic, "write_json", full)
    with pytest.raises(DataError, match="Make room"):
        reproduce.reproduce(wish, listener())
    assert (wish.out / "runs" / "net1-net1-e1-r0.json").is_file()


def test_a_claim_that_is_only_just_made_is_somebodys(tmp_path):
    """Between its making and its first words it is an empty file."""
    (tmp_path / "row.json").touch()
    with Claims(tmp_path).take("row") as mine:
        assert not mine


def test_claims_of_lost_processes_are_taken_over(tmp_path, monkeypatch):
    ours, theirs = Claims(tmp_path), Claims(tmp_path)
    with ours.take("row") as mine:
        assert mine
        assert str(os.getpid()) in theirs.holder("row")
        with theirs.take("row") as also:
            assert not also
    with theirs.take("row") as mine:
        assert mine
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    held = {"host": socket.gethostname(), "pid": ended.pid, "token": "t", "beat": 3}
    (tmp_path / "row.json").write_text(json.dumps(held))
    with ours.take("row") as mine:
        assert mine
    # of another computer nothing is known but that it does not write any more
    (tmp_path / "row.json").write_text(json.dumps({**held, "host": "elsewhere"}))
    monkeypatch.setattr(claims, "LEASE_S", -1.0)
    with ours.take("row") as first, theirs.take("row") as other:
        assert not first
        assert not other
    (tmp_path / "row.json").write_text(json.dumps({**held, "host": "elsewhere", "beat": 4}))
    with ours.take("row") as mine:
        assert not mine
    with ours.take("row") as mine:
        assert mine


def test_songs_that_changed_since_the_start_are_named(folder, sound, write_wav, tmp_path):
    spec = registry.get("net2").frontend
    for path in folder.rglob("*.wav"):
        write_wav(path, sound(path.parent.name, int(path.stem[-1]), 4.0))
    notes = []
    work = experiment.Experiment(tmp_path / "x", {"paper": "000"}, notes.append)
    work.check_songs(folders.open_folder(folder, spec))
    work.check_songs(folders.open_folder(folder, spec))
    first, second, *_ = sorted(folder.rglob("*.wav"))
    first.unlink()
    write_wav(second, sound("knock", 77, 5.0))
    with pytest.raises(DataError) as error:
        work.check_songs(folders.open_folder(folder, spec))
    assert f"missing: {first.parent.name}/{first.name}" in str(error.value)
    assert f"changed: {second.parent.name}/{second.name}" in str(error.value)


def test_the_report_stands_alone_and_shows_every_row(made, tmp_path):
    wish = reproduce.Wish("004", "folder", tmp_path / "x", epochs=1)
    page = paper_report.page(reproduce.reproduce(wish, listener()))
    assert "http" not in page
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ET.fromstring(drawing)
    assert page.count("<svg") == 4
    for word in ("61.0 %", "edge CNN", "weighted average", "246 of 400", "nearest neighbors",
                 "prefers-color-scheme:dark", "Split by segments"):  # fmt: skip
        assert word in page, word


def test_a_curve_keeps_to_its_epochs_and_empty_columns_take_no_room(made, tmp_path):
    drawing = svg.curves("loss", [("a", [4.0, 3.0, 2.0]), ("b", [None, 2.0, 1.0])])
    whole, late = re.findall(r'points="([^"]*)"', drawing)
    places = [[point.split(",")[0] for point in line.split()] for line in (whole, late)]
    assert places[1] == places[0][1:]
    wish = reproduce.Wish("003", "folder", tmp_path / "x", epochs=1, runs=1, only=("mlp-5",))
    heads = re.findall("<th>(.*?)</th>", paper_report.page(reproduce.reproduce(wish, listener())))
    assert heads[3:9] == ["Printed", "Measured", "95 %", "n", "Loss printed", "Loss"]


def test_segments_drawn_once_are_windows_of_their_song(toy):
    data = toy(3, columns=700)
    cut = segments.drawn(data, 15, seed=4)
    assert cut == segments.drawn(data, 15, seed=4)
    windows, starts = songs.windows_of(cut, 2, 1)
    assert len(windows) == len(set(cut.starts[2])) == 15
    assert list(starts) == [39 * i for i in range(15)]
    for window, start in zip(windows, cut.starts[2], strict=True):
        whole = songs.looped_crop(data, 2, start, 39)
        assert (window == frontend.normalise(data.spec, whole[None])[0]).all()
    assert (cut.crop(2, 30, 50) == np.concatenate(
        [data.crop(2, cut.starts[2][0] + 30, cut.starts[2][0] + 39),
         data.crop(2, cut.starts[2][1], cut.starts[2][1] + 11)], axis=-1)).all()  # fmt: skip


def test_each_row_is_divided_as_its_paper_divided_it():
    paper = protocols.get("003")
    shares = {row.network: paper.shares_of(row) for row in paper.rows}
    assert len(shares) == 24
    assert {shares[name] for name in shares if name.startswith("mlp")} == {(0.7, 0.3)}
    assert {shares[name] for name in shares if "patel" in name} == {(0.6, 0.15, 0.25)}
    mlp, lstm = paper.rows[0], paper.rows[-1]
    assert units.recipe_of(mlp, paper, 0).keep == "last"  # nothing to choose an epoch by
    assert units.recipe_of(lstm, paper, 0).keep == "best"


def test_paper_001_tests_on_what_it_validates_on(toy):
    parts = reproduce.divide(toy(8), (0.75, 0.25), 0)
    assert parts.valid == parts.test
    rules = units.recipe_of(protocols.get("001").rows[0], protocols.get("001"), 0)
    assert (rules.keep, rules.patience) == ("last", 0)


@pytest.mark.parametrize("case", [("000", "net2", 4.0), ("003", "mlp-5", 13.0)])
def test_a_paper_runs_to_its_table(folder, sound, write_wav, capsys, case):
    paper, network, seconds = case
    for path in folder.rglob("*.wav"):
        write_wav(path, sound(path.parent.name, int(path.stem[-1]), seconds))
    words = ["reproduce", paper, "--gtzan", str(folder), "--runs", "2", "--epochs", "1"]
    words += ["--only", network, "--device", "cpu", "--out", str(folder.parent / "x")]
    assert main([*words, "--resume"]) == 1
    assert "no experiment" in capsys.readouterr().err
    assert main([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert main([*words, "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == result
    row = result["rows"][0]
    assert row["network"].startswith(network)
    run = row["runs"][0]
    assert run["history"][0]["valid_loss"] > 0
    assert run["loss"] > 0
    assert (folder.parent / "x" / "report.html").read_text().startswith("<!doctype html>")
    assert len(row["runs"]) == 2
    assert row["printed"]
    for value in row["measured"].values():
        assert 0 <= value <= 100
    assert bool(result["warning"]) == (paper == "003")


def test_table_says_what_was_shortened_and_shows_no_spread_of_one_run(
    capsys, monkeypatch, tmp_path
):
    row = {
        "title": "net",
        "printed": {"raw": 57.5},
        "measured": {"raw": 24.0},
        "n_test": 9,
        "n_windows": 9,
        "shares": (0.7, 0.3),
        "begins": "",
    }
    near = {"title": "5", "measured": {"raw": 1.0, "sum": 1.0}, "n_windows": 9, "n_songs": 9}
    result = {
        "neighbours": near,
        "title": "Patel", "paper": "003", "runs": 1, "epochs": 2, "warning": "", "notes": "",
        "unit": "segment", "left_out_because": "",
        "rows": [{**row, "spread": {"raw": 1.5}}],
    }  # fmt: skip
    words = ["reproduce", "003", "--gtzan", str(tmp_path)]
    monkeypatch.setattr(reproduce, "reproduce", lambda *_: result)
    monkeypatch.setattr(paper_report, "page", lambda _: "")
    assert main(words) == 0
    shortened = capsys.readouterr().out
    assert "Epochs: 2 instead of the paper's." in shortened
    assert "1.5" not in shortened
    monkeypatch.setattr(reproduce, "reproduce", lambda *_: {**result, "runs": 3, "epochs": 0})
    assert main(words) == 0
    whole = capsys.readouterr().out
    assert "Epochs" not in whole
    assert "1.5" in whole


def test_unknown_paper_and_network_are_named(capsys, folder):
    assert main(["reproduce", "007", "--gtzan", str(folder)]) == 1
    assert "004 Putovici" in capsys.readouterr().err
    wish = reproduce.Wish("000", str(folder), folder / "x", only=("edge",))
    with pytest.raises(DataError, match="nnet2"):
        reproduce.reproduce(wish, listener())


@pytest.mark.parametrize(
    "case",
    [
        (["--runs", "-1"], "one run"),
        (["--epochs", "-3"], "epochs must be between"),
        (["--device", "abacus"], "no device named abacus"),
        (["--out", "FILE/experiment"], "nothing can be written there"),
        (["--out", "FOLDER", "--resume"], "no experiment"),
    ],
)
def test_what_cannot_be_is_said_before_songs_are_read(capsys, folder, tmp_path, monkeypatch, case):
    rest, word = case

    def read(*_):
        raise AssertionError("songs were read")

    monkeypatch.setattr(reproduce.folders, "open_folder", read)
    file = tmp_path / "file"
    file.touch()
    rest = [w.replace("FILE", str(file)).replace("FOLDER", str(tmp_path)) for w in rest]
    assert main(["reproduce", "000", "--gtzan", str(folder), *rest]) == 1
    assert word in capsys.readouterr().err
