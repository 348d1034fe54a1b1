"""Bundles on disk: written, found, read, exported and deleted."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from genredesk.core import paths
from genredesk.core.certainty import Bounds
from genredesk.core.errors import BundleError
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference import card as cards
from genredesk.inference import card_reader, install, trash
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import CalibrationErrors, KeptEpoch
from genredesk.inference.runtime import choose, golden
from genredesk.inference.runtime.onnx import OnnxRuntime


def leftovers() -> list[str]:
    root = paths.user_models_dir()
    return [p.name for p in root.iterdir() if p.name.startswith(".")] if root.exists() else []


# ------------------------------------------------------------ the card


def test_a_card_survives_json(tiny):
    card = tiny.card(
        accuracy={"window": bundles.Accuracy(0.65, 4321, (0.6, 0.7), "valid")},
        golden=bundles.Golden(golden.SIGNAL, (1.0, -2.0, 0.5)),
        files={"model.onnx": "0" * 64},
        versions={"torch": "2.13"},
        notes="Ω",
    )
    assert card_reader.from_dict(json.loads(json.dumps(card.to_dict()))) == card


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "newer GenreDesk"),
        ({"format": 0}, "unknown"),
        ({"format": "1"}, "wrong type"),
        ({"id": "../up"}, "folder name"),
        ({"id": "CON"}, "folder name"),
        ({"id": "nul.x"}, "folder name"),
        ({"id": "a."}, "folder name"),
        ({"id": ""}, "folder name"),
        ({"labels": ["a"]}, "1 genres"),
        ({"labels": ["a", "a"]}, "twice"),
        ({"labels": ["a", ""]}, "cannot be shown"),
        ({"labels": ["a", 7]}, "cannot be shown"),
        ({"labels": ["a", "b" * 201]}, "cannot be shown"),
        ({"labels": "abc"}, "wrong type"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"unsure_below": 1.5}, "unsure_below"),
        ({"seed": 1.5}, "seed"),
        ({"frontend": {}}, "front end"),
        ({"frontend": LIVE_MEL.to_dict() | {"kind": "wavelet"}}, "front end"),
        ({"frontend": LIVE_MEL.to_dict() | {"hop_length": 512}}, "fingerprint"),
        ({"frontend_fingerprint": "0" * 64}, "fingerprint"),
        ({"accuracy": {"song": {"value": 2, "n": 1, "interval": [0, 1], "on": ""}}}, "value"),
        ({"accuracy": {"song": {"value": 0.5, "n": 1, "interval": [1, 0], "on": ""}}}, "interval"),
        (
            {"accuracy": {"song": {"value": 0.5, "n": 1, "interval": ["0", 1], "on": ""}}},
            "interval",
        ),
        ({"accuracy": {"song": []}}, "JSON object"),
        ({"files": {"model.onnx": "abc"}}, "SHA-256"),
        ({"files": {"model.onnx": 1}}, "not text"),
        ({"golden": {"signal": "x", "logits": [1.0]}}, "golden"),
        ({"golden": {"signal": "x", "logits": [1, 2, float("inf")]}}, "golden"),
        ({"surprise": 1}, "unknown “surprise”"),
    ],
)
def test_a_card_that_is_wrong_is_refused_by_name(tiny, changes, words):
    raw = json.loads(json.dumps(tiny.card().to_dict())) | changes
    with pytest.raises(BundleError, match=words):
        card_reader.from_dict(raw)


OPTIONAL = {
    "sharpening", "makes_sound", "certainty", "eight_bits", "calibration", "epochs", "task",
    "thresholds",
}  # fmt: skip
NEEDED = sorted({*cards.ModelCard.__dataclass_fields__, "format"} - OPTIONAL)


@pytest.mark.parametrize("name", NEEDED)
def test_every_field_of_a_card_is_needed(tiny, name):
    raw = tiny.card().to_dict()
    del raw[name]
    with pytest.raises(BundleError, match=name):
        card_reader.from_dict(raw)


def test_a_card_from_before_new_pieces_makes_none(tiny):
    raw = tiny.card().replace(makes_sound=True).to_dict()
    assert card_reader.from_dict(raw).makes_sound
    with pytest.raises(BundleError, match="makes_sound"):
        card_reader.from_dict({**raw, "makes_sound": "yes"})
    del raw["makes_sound"]
    assert not card_reader.from_dict(raw).makes_sound


def test_a_card_from_before_five_strengths_takes_the_bounds_of_its_genres(tiny):
    raw = tiny.card().replace(unsure_below=0.7).to_dict()
    del raw["certainty"]
    assert card_reader.from_dict(raw).bounds() == Bounds.of(0.7, len(tiny.labels))
    assert card_reader.from_dict(raw).bounds(0.4).sure == 0.4
    fitted = {"songs": 109, "probable": 0.55, "between": 0.9}
    points = [{"sure": 0.5, "named": 9, "right": 6}, {"sure": 0.8, "named": 4, "right": 4}]
    card = card_reader.from_dict({**raw, "certainty": {**fitted, "curve": points}})
    assert card.bounds() == Bounds(0.7, 0.55, 0.9)
    assert card_reader.from_dict(card.to_dict()) == card
    for wrong in ({"sure": 0.7, "named": 110, "right": 1}, {"sure": 0.9, "named": 3, "right": 4}):
        with pytest.raises(BundleError, match="curve"):
            card_reader.from_dict({**raw, "certainty": {**fitted, "curve": [wrong]}})


def test_a_threshold_that_rests_on_few_songs_is_raised_when_the_bundle_is_opened(tiny):
    def card(n):
        measured = {"song": cards.Accuracy(1.0, n, (0.8, 1.0))}
        return tiny.card().replace(unsure_below=0.2, accuracy=measured)

    few = card(23)
    assert (few.songs, few.unsure_below) == (23, 0.2)
    assert few.bounds().sure == pytest.approx(0.9 - 0.23 * (0.9 - 0.5))  # three genres
    assert few.bounds(0.4).sure == 0.4, "a person's own threshold stands"
    assert few.level("careful").sure > few.sure > few.level("bold").sure
    assert card(120).bounds().sure == pytest.approx(0.5), "twice chance, at most one half"
    never = tiny.card().replace(unsure_below=0.0)
    assert never.bounds().sure == 0.0, "a bundle without a threshold names everything"


def test_calibration_and_epochs_of_a_card_from_before_are_read_out_of_its_notes(tiny):
    card = tiny.card().replace(
        calibration=CalibrationErrors(0.2, 0.03, 0.1), epochs=KeptEpoch(3, 9)
    )
    raw = json.loads(json.dumps(card.to_dict()))
    assert card_reader.from_dict(raw) == card
    for name, wrong in (
        ("calibration", {"before": 2, "after": 0}),
        ("epochs", {"kept": 3, "ran": 2}),
    ):
        with pytest.raises(BundleError, match=name):
            card_reader.from_dict({**raw, name: wrong})
    old = {k: v for k, v in raw.items() if k not in ("calibration", "epochs")}
    assert card_reader.from_dict(old).calibration is None
    assert card_reader.from_dict(old).epochs is None
    windows = "Calibration error of windows 0.200 before and 0.030 after the temperature 2.37"
    for songs, known in ((", of songs 0.100.", 0.1), (".", None)):
        notes = f"With the recipe “live”, epoch 3 of 9 kept. {windows}{songs}"
        said = card_reader.from_dict({**old, "notes": notes})
        assert said.calibration == CalibrationErrors(0.2, 0.03, known)
        assert said.epochs == KeptEpoch(3, 9)
    assert card_reader.from_dict({**raw, "epochs": None, "notes": notes}).epochs is None


def test_a_card_from_before_sharpening_does_without(tiny):
    raw = tiny.card().replace(sharpening=0.4).to_dict()
    assert card_reader.from_dict(raw).pool.sharpening == 0.4
    del raw["sharpening"]
    assert card_reader.from_dict(raw).sharpening == 0.0


# ------------------------------------------------------------ the golden output


def test_the_golden_signal_is_the_same_everywhere():
    """Stored values: every bundle's golden output stands on this signal."""
    signal = golden.signal(66990, 22050)
    assert signal.dtype == np.float32
    np.testing.assert_allclose(
        signal[[0, 1, 100, 12345, 50000, 66989]],
        [-0.22571823, -0.01445417, -0.1790323, -0.20285608, 0.06959025, 0.1434745],
        atol=1e-6,
    )
    assert np.abs(signal).max() < 1


def test_writing_fills_in_hashes_and_golden_output(tiny):
    bundle = tiny.write()
    assert set(bundle.card.files) == {"model.onnx", "weights.safetensors"}
    assert bundle.card.golden is not None
    assert len(bundle.card.golden.logits) == len(tiny.labels)
    assert sorted(p.name for p in bundle.path.iterdir()) == [
        "card.json",
        "model.onnx",
        "weights.safetensors",
    ]
    assert leftovers() == []
    install.verify(bundle)


# ------------------------------------------------------------ finding


def test_installed_bundles_are_found_and_broken_ones_reported(tiny, no_shipped_models):
    good = tiny.write()
    broken = paths.user_models_dir() / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("{")
    no_card = paths.user_models_dir() / "empty"
    no_card.mkdir()
    assert bundles.installed() == [good]
    wrong = dict(bundles.scan()[1])
    assert set(wrong) == {broken, no_card}
    assert "broken" in wrong[broken]
    assert "not JSON" in wrong[broken]
    assert "no card.json" in wrong[no_card]
    assert bundles.find("tiny") == good
    assert bundles.find(str(good.path)) == good
    with pytest.raises(BundleError, match="not JSON"):
        bundles.find("broken")
    with pytest.raises(BundleError, match="installed: tiny"):
        bundles.find("nothing")


def test_no_bundle_at_all_says_what_to_do():
    assert bundles.installed() == []
    with pytest.raises(BundleError, match=r"Import a \.genredesk file"):
        bundles.default_bundle()


def test_the_default_is_ours_then_the_best(tiny):
    tiny.write(id="a", accuracy={"song": bundles.Accuracy(0.6, 10, (0.5, 0.7))})
    tiny.write(id="b", accuracy={"song": bundles.Accuracy(0.8, 10, (0.5, 0.9))})
    tiny.write(id="c", accuracy={})
    assert bundles.default_bundle().id == "b"
    tiny.write(id=bundles.DEFAULT_ID, accuracy={})
    assert bundles.default_bundle().id == bundles.DEFAULT_ID


def test_a_shipped_bundle_wins_over_a_copy_and_cannot_be_deleted(tiny, no_shipped_models):
    mine = tiny.write()
    shutil.copytree(mine.path, no_shipped_models / "tiny")
    (found,) = bundles.installed()
    assert found.path == no_shipped_models / "tiny"
    assert found.shipped
    assert "comes with the program" in dict(bundles.scan()[1])[mine.path]
    with pytest.raises(BundleError, match="only models you imported"):
        trash.discard(found)
    assert found.path.exists()


@pytest.mark.parametrize("name", ["model.onnx", "weights.safetensors"])
def test_a_missing_file_is_named(bundle, name):
    (bundle.path / name).unlink()
    with pytest.raises(BundleError, match=f"tiny: {name} is missing"):
        bundles.load(bundle.path)


def test_a_renamed_folder_is_refused(bundle):
    other = bundle.path.rename(bundle.path.with_name("other"))
    with pytest.raises(BundleError, match="must be called “tiny”"):
        bundles.load(other)


def use(bundle: Bundle, name: str) -> None:
    """Let a reader of paths have a file."""
    with bundle.checked(name):
        pass


LOOKS = pytest.mark.parametrize("look", [Bundle.read, use], ids=["read", "checked"])


@LOOKS
def test_a_changed_model_is_noticed_before_it_is_used(bundle, look):
    file = bundle.path / "model.onnx"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(BundleError, match=r"model\.onnx: it was changed or damaged"):
        look(bundle, "model.onnx")
    with pytest.raises(BundleError, match="SHA-256"):
        install.verify(bundle)


@LOOKS
def test_a_bundle_that_goes_away_is_named(bundle, look):
    shutil.rmtree(bundle.path)
    with pytest.raises(BundleError, match="cannot be read"):
        look(bundle, "model.onnx")


def _replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def _write_into(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x")


@pytest.mark.parametrize("change", [_replace, _write_into, Path.unlink])
def test_a_model_that_is_changed_while_it_is_read_is_not_used(bundle, change, monkeypatch):
    def read_late(path, *rest):
        runtime = OnnxRuntime(path, *rest)
        change(path)
        return runtime

    monkeypatch.setattr(choose, "OnnxRuntime", read_late)
    with pytest.raises(BundleError, match=r"model\.onnx: it (was changed|cannot be read)"):
        choose.open_runtime(bundle, "cpu")


def test_a_whole_file_is_given_as_it_lies(bundle):
    with bundle.checked("model.onnx") as path:
        assert path == bundle.path / "model.onnx"
    assert bundle.read("model.onnx") == (bundle.path / "model.onnx").read_bytes()


@pytest.mark.parametrize("name", ["../x.onnx", "sub/x.onnx", "card.json", "run.py", ".x.json"])
def test_a_card_may_not_list_just_anything(tiny, bundle, name):
    tiny.edit_card(bundle, files=dict(bundle.card.files) | {name: "0" * 64})
    with pytest.raises(BundleError, match="does not belong"):
        bundles.load(bundle.path)


# ------------------------------------------------------------ writing


def test_a_network_that_does_not_fit_is_never_written(tiny):
    with pytest.raises(BundleError, match=r"tiny: model\.onnx cannot be used"):
        tiny.write(b"not a network")
    with pytest.raises(BundleError, match="names 3 genres, the card 4"):
        tiny.write(tiny.model(), labels=("a", "b", "c", "d"))
    assert bundles.installed() == []
    assert leftovers() == []


def test_an_existing_bundle_is_not_overwritten(tiny, bundle):
    with pytest.raises(BundleError, match="already"):
        tiny.write()
    assert leftovers() == []
    install.verify(bundle)


def test_what_a_killed_import_left_is_swept_up_a_day_later(tiny):
    root = paths.user_models_dir()
    old, young = root / ".incoming-old", root / ".incoming-young"
    for place in (old, young):
        place.mkdir(parents=True)
        (place / "model.onnx").write_bytes(b"half")
    os.utime(old, (0, 0))
    tiny.write()
    assert leftovers() == [".incoming-young"]
    assert [b.id for b in bundles.installed()] == ["tiny"]
    assert bundles.scan()[1] == []


def test_delete_removes_the_folder(bundle):
    trash.empty(trash.discard(bundle))
    assert not bundle.path.exists()
    assert leftovers() == []
    trash.empty(trash.discard(bundle))  # somebody else was quicker


def test_what_was_deleted_comes_back_as_it_was(bundle, tiny):
    before = {p.name: p.read_bytes() for p in bundle.path.iterdir()}
    aside = trash.discard(bundle)
    assert bundles.scan() == ([], [])
    trash.restore(bundle, aside)
    assert {p.name: p.read_bytes() for p in bundle.path.iterdir()} == before
    assert [b.id for b in bundles.installed()] == [bundle.id]
    assert leftovers() == []
    aside = trash.discard(bundle)
    tiny.write()
    with pytest.raises(BundleError, match="another model is called “tiny” by now"):
        trash.restore(bundle, aside)
    trash.empty(trash.discard(bundle))
    trash.empty(aside)
    with pytest.raises(BundleError, match="its files are gone"):
        trash.restore(bundle, aside)
    assert leftovers() == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_named(tiny, tmp_path):
    root = paths.user_models_dir()
    root.mkdir(parents=True)
    root.chmod(0o500)
    try:
        with pytest.raises(BundleError, match="cannot be written"):
            tiny.write()
    finally:
        root.chmod(0o700)


# ------------------------------------------------------------ travelling


def test_export_and_import_bring_the_same_bundle(bundle, tmp_path):
    target = bundles.export(bundle, tmp_path / "out")
    assert target.name == "out.genredesk"
    first = target.read_bytes()
    assert bundles.export(bundle, target).read_bytes() == first
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {"card.json", *bundle.card.files}
    trash.empty(trash.discard(bundle))
    again = install.import_(target)
    assert again.card == bundle.card
    assert again.path == bundle.path
    assert leftovers() == []


def test_embeddings_of_music_travel_with_a_bundle_that_has_some(bundle, tiny, tmp_path):
    assert bundle.embeddings() is None
    table = save({"music.jazz": np.ones((2, 4), np.float16)})
    made = tiny.write(embeddings=table, id="brings")
    assert made.card.files[bundles.EMBEDDINGS] == hashlib.sha256(table).hexdigest()
    file = bundles.export(made, tmp_path / "brings")
    trash.empty(trash.discard(made))
    again = install.import_(file)
    assert again.id == "brings", "not the same as the one that brings none"
    assert again.embeddings() == table
    assert install.import_(file) == again
    (again.path / bundles.EMBEDDINGS).write_bytes(save({}))
    with pytest.raises(BundleError, match="changed or damaged"):
        again.embeddings()


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"music.jazz": np.ones((2, 4), np.float32)},
        {"music.jazz": np.ones(4, np.float16)},
        {"music.jazz": np.full((2, 4), np.nan, np.float16)},
        {"music.jazz": np.ones((2, 4), np.float16), "music.rock": np.ones((2, 5), np.float16)},
        {"music.jazz": np.ones((5000, 1), np.float16)},
    ],
)
def test_what_is_no_table_of_embeddings_is_refused(tiny, tables):
    with pytest.raises(BundleError, match=r"embeddings\.safetensors holds something else"):
        tiny.write(embeddings=save(tables))
    with pytest.raises(BundleError, match=r"embeddings\.safetensors is damaged"):
        tiny.write(embeddings=b"{}")
    assert leftovers() == []


def test_an_id_that_is_taken_gets_a_new_one(tiny, tmp_path):
    others = []
    for temperature in (3.0, 2.0):
        other = tiny.write(temperature=temperature)
        others.append(bundles.export(other, tmp_path / f"{temperature}.genredesk"))
        trash.empty(trash.discard(other))
    bundle = tiny.write()
    second, third = (install.import_(other) for other in others)
    assert (second.id, third.id) == ("tiny-2", "tiny-3")
    assert second.card.title == "Tiny (2)"
    assert second.card.files == bundle.card.files
    assert {b.id for b in bundles.installed()} == {"tiny", "tiny-2", "tiny-3"}
    install.verify(third)


def test_the_same_network_imported_again_is_the_one_that_is_there(bundle, tiny, tmp_path):
    target = bundles.export(bundle, tmp_path / "x.genredesk")
    tiny.edit_card(bundle, title="My own name for it")
    again = install.import_(target)
    assert (again.id, again.card.title) == ("tiny", "My own name for it")
    assert [b.id for b in bundles.installed()] == ["tiny"]
    assert leftovers() == []


def test_a_damaged_bundle_is_not_exported(bundle, tmp_path):
    (bundle.path / "weights.safetensors").write_bytes(b"")
    with pytest.raises(BundleError, match="changed or damaged"):
        bundles.export(bundle, tmp_path / "x.genredesk")
    assert list(tmp_path.glob("*.genredesk")) == []


def test_an_export_that_cannot_be_written_names_the_place(bundle, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(BundleError, match="Choose another place"):
        bundles.export(bundle, Path(blocked) / "x.genredesk")
