"""`genredesk train` and `genredesk evaluate` as a person types them."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from genredesk.__main__ import main
from genredesk.cli import train
from genredesk.inference import bundle as bundles
from genredesk.training.evaluation import measure


def test_evaluate_prints_the_object_it_promises(trained, capsys):
    npz, table = trained.files
    base = str(trained.made.bundle.path)
    asked = ["evaluate", "--bundle", base, "--mels", str(npz), "--tracks", str(table), "--json"]
    assert main(asked) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["windows"]["n"] == 24 * 2
    assert set(result["songs"]) >= {"n", "raw", "sum", "majority", "top3", "interval"}
    assert result["songs"]["n"] == 24
    low, high = result["songs"]["interval"]
    assert 0 <= low <= result["songs"]["sum"] <= high <= 1
    assert set(result["per_class"]) == {"hum", "knock", "whistle"}
    assert sum(map(sum, result["confusion"])) == 24
    assert 0 <= result["ece"] <= 1


def test_evaluate_for_people_and_its_report(trained, capsys, tmp_path):
    base, npz = str(trained.made.bundle.path), str(trained.files[0])
    place = tmp_path / "report"
    asked = ["evaluate", "--bundle", base, "--mels", npz, "--split", "valid"]
    assert main([*asked, "--report", str(place)]) == 0
    assert "6 songs" in capsys.readouterr().out
    assert {p.name for p in place.iterdir()} == {"evaluation.json", "windows.csv", "report.html"}


def test_a_title_with_brackets_is_told_as_it_is(trained, capsys, tmp_path):
    base = shutil.copytree(
        trained.made.bundle.path, tmp_path / "named" / trained.made.bundle.path.name
    )
    card = json.loads((base / "card.json").read_text("utf-8"))
    (base / "card.json").write_text(json.dumps({**card, "title": "My [/b] [live] model"}), "utf-8")
    assert main(["evaluate", "--bundle", str(base), "--mels", str(trained.files[0])]) == 0
    assert "My [/b] [live] model on 24 songs" in capsys.readouterr().out


def test_evaluate_on_a_folder(trained, folder, capsys):
    asked = ["evaluate", "--bundle", str(trained.made.bundle.path), str(folder), "--json"]
    assert main(asked) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert result["songs"]["n"] == 15
    assert "has heard these songs before cannot be told" in result["heard_before"]
    assert result["heard_before"] in printed.err


@pytest.mark.parametrize("command", ["evaluate", "quantise", "crossval", "reproduce"])
def test_files_that_cannot_be_used_are_named(trained, folder, capsys, tmp_path, command):
    (folder / "knock" / "broken.mp3").write_bytes(b"ID3" + bytes(300))
    base = ("--bundle", str(trained.made.bundle.path))
    words = {
        "evaluate": (*base, str(folder)),
        "quantise": (*base, str(folder), "--out", str(tmp_path / "small")),
        "crossval": (str(folder), "--network", "live", "--folds", "2", "--epochs", "1"),
        "reproduce": ("000", "--gtzan", str(folder), "--only", "nnet1", "--runs", "1",
                      "--epochs", "1"),
    }  # fmt: skip
    main([command, *words[command]])
    said = capsys.readouterr().err
    assert "set aside: knock/broken.mp3: it holds no sound that can be decoded. It may be" in said


@pytest.mark.parametrize(("part", "n"), [("train", 18), ("valid", 0)])
def test_evaluate_warns_of_songs_the_model_learned_from(trained, capsys, part, n):
    base, npz = str(trained.made.bundle.path), str(trained.files[0])
    assert main(["evaluate", "--bundle", base, "--mels", npz, "--split", part]) == 0
    said = capsys.readouterr().err
    assert (f"{n} of these {n} songs belong to train" in said) == bool(n)
    assert bool(said) == bool(n)


def test_a_model_fitted_again_may_have_heard_what_was_kept_back(trained, toy):
    card = trained.made.bundle.card
    again = card.replace(split=f"{card.split}, {measure.AGAIN}")
    songs = toy().songs
    assert "24 of these 24 songs belong to train or valid" in measure.heard_before(again, songs)
    assert "18 of these 24" in measure.heard_before(card, songs)
    others = [dataclasses.replace(song, split="test") for song in songs]
    assert measure.heard_before(again, others) == ""
    unnamed = [dataclasses.replace(song, split="") for song in songs]
    assert "kept back to measure it" in measure.heard_before(again, unnamed)


@pytest.mark.parametrize(
    ("rest", "word"),
    [
        ([], "Give either"),
        (["--mels", "/no/where.npz"], "where.npz cannot be read (No such file"),
        (["--mels", __file__], "it is not a file of mel arrays. Give an .npz"),
        (["--mels", "MELS", "--tracks", "/no/table.csv"], "table.csv cannot be read (No such"),
        (["--mels", "MELS", "--report", f"{__file__}/report"], "nothing can be written there"),
        (["/no/folder"], "/no/folder"),
        (["/no/folder", "--tracks", "table.csv"], "table.csv: a table belongs to mel arrays"),
        (["--mels", "MELS", "--split", "nowhere"], "nowhere"),
    ],
)
def test_evaluate_refuses_in_a_sentence(trained, capsys, rest, word):
    rest = [str(trained.files[0]) if a == "MELS" else a for a in rest]
    assert main(["evaluate", "--bundle", str(trained.made.bundle.path), *rest]) == 1
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said


def test_unknown_bundle_is_named(capsys):
    assert main(["evaluate", "--bundle", "nothing-like-it", "--mels", "x"]) == 1
    assert "nothing-like-it" in capsys.readouterr().err


def test_a_folder_that_is_no_bundle_is_called_so(capsys, tmp_path):
    assert main(["evaluate", "--bundle", str(tmp_path), "--mels", "x"]) == 1
    assert f"{tmp_path} is no model: it has no card.json" in capsys.readouterr().err


def test_a_device_that_is_not_there_is_named(trained, capsys):
    base, npz = str(trained.made.bundle.path), str(trained.files[0])
    assert main(["evaluate", "--bundle", base, "--mels", npz, "--device", "torch:abacus"]) == 0
    said = capsys.readouterr()
    assert "abacus" in said.err
    assert trained.made.bundle.card.data.split(".")[0] in said.out


def test_train_refuses_before_it_starts_anything(capsys, tmp_path):
    assert main(["train", "--out", str(tmp_path / "Bad Name"), "--mels", "x"]) == 1
    assert "name of a bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--network", "net1", "--mode", "full"], "own network, and that of"),
        (["--mode", "scratch"], "does not begin with a bundle"),
        (["--mode", "quick", "--frontend", "kth-mel"], "another front end than kth-mel"),
        (["--mode", "full", "--frontend", "kth-mel"], "another front end than kth-mel"),
        (["--mode", "quick", "--out", f"{__file__}/mine"], "nothing can be written there"),
    ],
)
@pytest.mark.usefixtures("warm")
def test_a_bundle_is_gone_on_with_as_it_is(trained, folder, capsys, words, said):
    base, out = str(trained.made.bundle.path), folder.with_name("mine")
    assert main(["train", str(folder), "--bundle", base, "--out", str(out), *words]) == 1
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_mode_that_goes_on_begins_with_the_default_and_takes_its_network_by_name(tmp_path):
    words = ["songs", "--out", str(tmp_path / "mine"), "--mode", "quick"]
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    for more in ([], ["--network", "live"], ["--bundle", bundles.DEFAULT_ID]):
        plan = train.plan_of(parser.parse_args([*words, *more]))
        assert plan.bundle == bundles.DEFAULT_ID


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
def test_a_training_that_was_broken_off_is_not_begun_anew_by_mistake(toy_files, tmp_path, capsys):
    words = ["train", "--mels", str(toy_files[0]), "--out", str(tmp_path / "mine"), "--epochs", "1"]
    kept = tmp_path / "mine.run" / "checkpoint.safetensors"
    kept.parent.mkdir()
    kept.write_bytes(b"hours of work")
    assert main(words) == 1
    assert "mine.run holds a training that was broken off. Go on with it (--resume)" in (
        capsys.readouterr().err
    )
    assert kept.read_bytes() == b"hours of work"
    assert main([*words, "--resume"]) == 1
    assert f"{kept}: the checkpoint cannot be read" in capsys.readouterr().err
    kept.unlink()
    assert main([*words, "--resume", "--network", "patel-cnn"]) == 0
    said = capsys.readouterr().err
    assert "There is nothing to go on with; the training begins." in said
    assert "not made by patel-mfcc, the front end of patel-cnn's paper" in said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.usefixtures("warm")
def test_train_on_a_folder_from_the_command_line(folder, tmp_path, capsys):
    out = tmp_path / "mine"
    words = ["train", str(folder), "--out", str(out), "--epochs", "1", "--batch", "8", "--json"]
    status = main([*words, "--threads", "1", "--device", "cpu"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0, lines[-1]
    kinds = [line["event"] for line in lines]
    assert kinds[-1] == "done"
    assert kinds.index("scan") < kinds.index("split") < kinds.index("epoch")
    scan = next(line for line in lines if line["event"] == "scan")
    assert scan["songs"] == 15
    assert bundles.load(out).card.labels == ("hum", "knock", "whistle")
    assert "15 songs in 3 genres" in bundles.load(out).card.data


@pytest.mark.usefixtures("warm")
def test_failure_in_the_worker_reaches_the_person(folder, tmp_path, capsys):
    for path in (folder / "hum").glob("*.wav"):
        path.write_text("no sound")
    for path in (folder / "knock").glob("*.wav"):
        path.unlink()
    assert main(["train", str(folder), "--out", str(tmp_path / "mine")]) == 1
    assert "only one genre, whistle" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send there")
@pytest.mark.slow
def test_ctrl_c_leaves_no_half_bundle(toy_files, tmp_path):
    out = tmp_path / "mine"
    command = [sys.executable, "-m", "genredesk", "train", "--mels", str(toy_files[0])]
    command += ["--out", str(out), "--epochs", "900", "--batch", "8", "--threads", "1", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        watch = threading.Timer(120, process.kill)
        watch.start()
        assert process.stdout is not None
        last = {}
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "epoch" and event["epoch"] == 1:
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
            last = event
        status = process.wait()
        watch.cancel()
        watch.join()
        said = process.stderr.read() if process.stderr else ""
    assert status == 130
    assert last["event"] == "cancelled"
    assert "Traceback" not in said
    assert not out.exists()
    kept = {p.name for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".log"}
    # what steps took on this device is kept: it is true of the next run, too
    assert kept == {"mels.npz", "tracks.csv", "checkpoint.safetensors", "precision.json"}
