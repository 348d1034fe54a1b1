"""Networks, models and devices as lists."""

from __future__ import annotations

import json
from pathlib import Path

from genredesk.audio import devices as sound
from genredesk.inference import bundle as bundles
from genredesk.nets import registry


def test_networks_as_json(genredesk) -> None:
    status, out, _ = genredesk("networks", "--json", "--no-timing")
    assert status == 0
    found = {entry["name"]: entry for entry in json.loads(out)}
    assert tuple(found) == registry.names()
    for name in ("net1", "net2", "nnet2", "shallow", "shallow-cqt", "mlp-1", "edge", "vae"):
        assert name in found
    wanted = {"name", "paper", "parameters", "frontend", "window_s", "ms_per_window"}
    assert all(wanted <= set(entry) for entry in found.values())
    assert found["patel-lstm"]["parameters"] == 57802
    assert found["net1"]["parameters"] == registry.get("net1").parameters


def test_a_network_is_timed(genredesk) -> None:
    status, out, _ = genredesk("networks", "patel-lstm", "--json")
    assert status == 0
    assert 0 < json.loads(out)[0]["ms_per_window"] < 10_000
    status, out, _ = genredesk("networks", "patel-lstm")
    assert "57,802" in out
    assert " ms" in out


def test_an_unknown_network_is_named(genredesk) -> None:
    status, _, err = genredesk("networks", "resnet99")
    assert status == 1
    assert "resnet99" in err


def test_models_are_listed_shown_and_checked(bundle, genredesk) -> None:
    status, out, _ = genredesk("models", "--json")
    assert status == 0
    (entry,) = json.loads(out)
    assert (entry["id"], entry["shipped"]) == ("thirds", False)
    assert entry["labels"] == ["low", "middle", "high"]
    assert "thirds" in genredesk("models")[1]
    shown = json.loads(genredesk("models", "show", "thirds")[1])
    assert shown["files"] == dict(bundle.card.files)
    status, out, _ = genredesk("models", "check")
    assert (status, out.split(":")[0]) == (0, "thirds")


def test_a_model_travels_as_one_file(bundle, genredesk, tmp_path: Path) -> None:
    target = tmp_path / "thirds.genredesk"
    assert genredesk("models", "export", "thirds", target)[0] == 0
    assert target.is_file()
    assert genredesk("models", "delete", "thirds")[0] == 0
    assert not bundles.installed()
    status, out, _ = genredesk("models", "import", target)
    assert status == 0
    assert "Thirds" in out
    assert [b.id for b in bundles.installed()] == ["thirds"]


def test_what_cannot_be_done_is_said(bundle, genredesk, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.genredesk"
    wrong.write_bytes(b"PK no zip")
    for arguments, word in (
        (("import", wrong), "wrong.genredesk"),
        (("show", "nope"), "nope"),
        (("export", "thirds"), "takes 2"),
        (("delete", "nope"), "nope"),
    ):
        status, _, err = genredesk("models", *arguments)
        assert status == 1
        assert word in err


def test_a_damaged_model_is_found(bundle, genredesk) -> None:
    with (bundle.path / "model.onnx").open("ab") as file:
        file.write(b"x")
    status, _, err = genredesk("models", "check", "thirds")
    assert status == 1
    assert "thirds" in err


def test_a_folder_that_is_no_model_is_reported_beside_the_others(bundle, genredesk) -> None:
    broken = bundle.path.parent / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{}")
    status, out, err = genredesk("models", "--json")
    assert status == 1
    assert [entry["id"] for entry in json.loads(out)] == ["thirds"]
    assert "broken" in err


def test_devices_are_listed_even_where_there_is_no_sound(bundle, genredesk, monkeypatch) -> None:
    mic = sound.Device("mic-1", "Built-in microphone", "microphone", default=True)
    monkeypatch.setattr(sound, "inputs", lambda: [mic])
    monkeypatch.setattr(sound, "outputs", list)
    monkeypatch.setattr(sound, "sound_problem", lambda: "PortAudio is missing. Install it.")
    status, out, _ = genredesk("devices", "--json")
    assert status == 1
    found = json.loads(out)
    assert found["inputs"][0]["name"] == "Built-in microphone"
    assert {place["id"] for place in found["compute"]} >= {"auto", "cpu"}
    status, out, _ = genredesk("devices")
    assert status == 1
    assert "Built-in microphone (default)" in out
    assert "PortAudio is missing. Install it." in out
