"""A bundle from anybody: every way it can be wrong is refused by name and leaves nothing."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from genredesk.core import paths
from genredesk.core.errors import BundleError
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import archive, install, trash


@pytest.fixture
def parts(bundle) -> dict[str, bytes]:
    """The files of a good bundle, which is gone from the user's folder."""
    found = {p.name: p.read_bytes() for p in bundle.path.iterdir()}
    trash.empty(trash.discard(bundle))
    return found


@pytest.fixture
def refused(tmp_path) -> Callable[..., str]:
    """Pack files, expect a refusal, check that nothing is left, return the sentence."""

    def attempt(files: dict[str, bytes] | Path) -> str:
        target = files if isinstance(files, Path) else pack(tmp_path / "other.genredesk", files)
        with pytest.raises(BundleError) as caught:
            install.import_(target)
        root = paths.user_models_dir()
        assert not root.exists() or list(root.iterdir()) == []
        sentence = str(caught.value)
        assert sentence.startswith(target.name)
        assert sentence.endswith(".")
        assert ".. " not in sentence
        return sentence

    return attempt


def pack(target: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return target


def with_card(parts: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    return parts | {"card.json": json.dumps(json.loads(parts["card.json"]) | changes).encode()}


def with_file(parts: dict[str, bytes], name: str, data: bytes) -> dict[str, bytes]:
    """Replace a file and its hash, as somebody with bad intent would."""
    files = json.loads(parts["card.json"])["files"]
    digest = hashlib.sha256(data).hexdigest()
    return with_card(parts | {name: data}, files=files | {name: digest})


def test_the_good_one_is_accepted(parts, tmp_path):
    assert install.import_(pack(tmp_path / "x.genredesk", parts)).id == "tiny"


def test_the_folder_of_a_bundle_is_accepted(parts, tmp_path):
    folder = tmp_path / "out of a training"
    folder.mkdir()
    for name, data in {**parts, ".DS_Store": b"\0", "notes.doc": b"?"}.items():
        (folder / name).write_bytes(data)
    made = install.import_(folder)
    assert (made.id, folder.is_dir()) == ("tiny", True)
    assert {f.name for f in made.path.iterdir()} == set(parts)


def test_the_folder_of_a_damaged_bundle_is_refused(refused, parts, tmp_path):
    folder = tmp_path / "damaged"
    folder.mkdir()
    for name, data in parts.items():
        (folder / name).write_bytes(data[: len(data) // 2] if name == "model.onnx" else data)
    assert "model.onnx is not the file its card names" in refused(folder)
    (folder / "model.onnx").unlink()
    assert "model.onnx is missing" in refused(folder)


def test_a_folder_of_music_is_refused_with_what_to_choose(refused, tmp_path):
    folder = tmp_path / "Miles Davis"
    folder.mkdir()
    (folder / "So What.flac").write_bytes(b"fLaC")
    sentence = refused(folder)
    assert "a folder without a card.json" in sentence
    assert sentence.endswith("the folder of a bundle, which holds a card.json.")


# ------------------------------------------------------------ the file


def test_files_in_a_folder_inside_say_how_to_go_on(refused, parts):
    sentence = refused({"tiny/": b"", **{f"tiny/{name}": data for name, data in parts.items()}})
    assert "lie in the folder “tiny”" in sentence
    assert sentence.endswith("Unpack it and import that folder.")


def test_no_such_file(refused, tmp_path):
    assert "no such file" in refused(tmp_path / "gone.genredesk")


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04" + bytes(100)])
def test_not_a_zip(refused, tmp_path, data):
    target = tmp_path / "x.genredesk"
    target.write_bytes(data)
    assert "not a GenreDesk bundle" in refused(target)


def test_a_truncated_file(refused, parts, tmp_path):
    target = pack(tmp_path / "x.genredesk", parts)
    target.write_bytes(target.read_bytes()[:-200])
    assert "not a GenreDesk bundle" in refused(target)


def test_a_flipped_byte(refused, parts, tmp_path):
    target = pack(tmp_path / "x.genredesk", {"readme.txt": b"hello " * 50, **parts})
    data = bytearray(target.read_bytes())
    data[44] ^= 0xFF
    target.write_bytes(data)
    assert "readme.txt” in it is damaged" in refused(target)


def test_a_folder(refused, tmp_path):
    place = tmp_path / "folder.genredesk"
    place.mkdir()
    assert "without a card.json" in refused(place)


# ------------------------------------------------------------ names and sizes


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/etc/evil.json",
        "sub/evil.json",
        "C:\\evil.json",
        "..\\evil.json",
        "C:evil.json",
        ".hidden.json",
        "evil.py",
        "evil.pkl",
        "evil.npz",
        "evil",
        "ev\nil.json",
        "x" * 100 + ".json",
        "folder/",
    ],
)
def test_names_that_do_not_belong(refused, parts, name):
    assert "does not belong" in refused({**parts, name: b""})


def test_a_symbolic_link(refused, parts, tmp_path):
    target = pack(tmp_path / "x.genredesk", parts)
    with zipfile.ZipFile(target, "a") as zipped:
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
    assert "“link.json”, which does not belong" in refused(target)


def test_names_that_differ_only_in_case(refused, parts):
    assert "twice" in refused({**parts, "CARD.json": b"{}"})


def test_too_many_files(refused, parts):
    more = {f"{i}.txt": b"" for i in range(archive.MAX_FILES)}
    assert "more than 32" in refused({**parts, **more})


def test_a_bomb(refused, parts):
    assert "would unpack to far more" in refused({**parts, "zeros.txt": bytes(20 << 20)})


def test_a_file_that_says_it_is_enormous(refused, parts, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1000)
    assert "too large" in refused(parts)


def test_files_that_are_enormous_together(refused, parts, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 2000)
    assert "unpack to more than" in refused(parts)


def test_a_file_that_lies_about_its_size(refused, parts, tmp_path):
    """The directory says 10 bytes, the stream holds 100,000."""
    target = pack(tmp_path / "x.genredesk", {"a.txt": b"0123456789" * 10_000, **parts})
    data = bytearray(target.read_bytes())
    size = struct.pack("<I", 100_000)
    for marker, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(marker) + offset
        assert data[at : at + 4] == size
        data[at : at + 4] = struct.pack("<I", 10)
    target.write_bytes(data)
    assert "a.txt” in it is" in refused(target)


def test_an_encrypted_entry(refused, parts, tmp_path):
    target = pack(tmp_path / "x.genredesk", parts)
    data = bytearray(target.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    target.write_bytes(data)
    assert "encrypted" in refused(target)


def test_a_file_the_card_does_not_list(refused, parts):
    assert "“extra.txt”, which its card does not list" in refused({**parts, "extra.txt": b"hi"})


# ------------------------------------------------------------ the card


def test_without_a_card(refused, parts):
    del parts["card.json"]
    assert "no card.json" in refused(parts)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_card_that_is_not_json(refused, parts, data):
    assert "not JSON" in refused({**parts, "card.json": data})


@pytest.mark.parametrize("data", [b"[]", b"null", b"3"])
def test_a_card_that_is_no_object(refused, parts, data):
    assert "not a JSON object" in refused({**parts, "card.json": data})


def test_a_newer_format(refused, parts):
    sentence = refused(with_card(parts, format=2))
    assert "newer GenreDesk" in sentence
    assert sentence.endswith(" Update GenreDesk.")


def test_another_front_end(refused, parts):
    frontend = LIVE_MEL.to_dict() | {"kind": "wavelet"}
    assert "front end" in refused(with_card(parts, frontend=frontend))


def test_a_front_end_that_was_changed(refused, parts):
    """The card is consistent, but the network was taught another picture."""
    other = LIVE_MEL.to_dict() | {"hop_length": 1000}
    assert "fingerprint" in refused(with_card(parts, frontend=other))


def test_a_front_end_that_was_changed_with_its_fingerprint(refused, parts):
    spec = type(LIVE_MEL).from_dict(LIVE_MEL.to_dict() | {"f_min": 4000.0})
    changed = with_card(parts, frontend=spec.to_dict(), frontend_fingerprint=spec.fingerprint)
    assert "golden output differs" in refused(changed)


def test_an_id_that_climbs(refused, parts):
    assert "folder name" in refused(with_card(parts, id="../../evil"))


@pytest.mark.parametrize("name", ["model.onnx", "weights.safetensors"])
def test_a_file_that_is_not_there(refused, parts, name):
    del parts[name]
    assert f"{name} is missing" in refused(parts)


@pytest.mark.parametrize("name", ["model.onnx", "weights.safetensors"])
def test_a_file_that_was_tampered_with(refused, parts, name):
    parts[name] += b"x"
    assert f"{name} is not the file" in refused(parts)


# ------------------------------------------------------------ the network


def test_a_model_that_is_none(refused, parts):
    assert "model.onnx is not an ONNX graph" in refused(
        with_file(parts, "model.onnx", b"\xff" * 99)
    )


def test_an_empty_model(refused, parts):
    assert "model.onnx cannot be used" in refused(with_file(parts, "model.onnx", b""))


def test_weights_that_are_none(refused, parts):
    assert "damaged" in refused(with_file(parts, "weights.safetensors", b"\x80\x04pickle"))


def test_weights_without_weights(refused, parts):
    empty = struct.pack("<Q", 2) + b"{}"
    assert "no weights" in refused(with_file(parts, "weights.safetensors", empty))


def test_weights_in_another_file(refused, parts):
    model = onnx.load_model_from_string(parts["model.onnx"])
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    changed = with_file(parts, "model.onnx", model.SerializeToString())
    assert "weights in another file" in refused(changed)


def test_operators_of_somebodys_own(refused, parts):
    model = onnx.load_model_from_string(parts["model.onnx"])
    model.opset_import.append(helper.make_opsetid("com.evil", 1))
    changed = with_file(parts, "model.onnx", model.SerializeToString())
    assert "operators of “com.evil”" in refused(changed)


@pytest.mark.parametrize(("opset", "ir", "said"), [(99, 8, "operators 99"), (13, 99, "format 99")])
def test_an_onnx_of_another_age(refused, parts, opset, ir, said):
    model = onnx.load_model_from_string(parts["model.onnx"])
    model.opset_import[0].version, model.ir_version = opset, ir
    sentence = refused(with_file(parts, "model.onnx", model.SerializeToString()))
    assert said in sentence
    assert "Export it again" in sentence
    assert "ONNXRuntimeError" not in sentence
    assert "/onnxruntime_src" not in sentence


@pytest.mark.parametrize("label", ["l\x1b[2Jow", "low\n", "\u202ewol", "x" * 201])
def test_a_genre_that_cannot_be_shown(refused, parts, label):
    assert "cannot be shown" in refused(with_card(parts, labels=[label, "middle", "high"]))


def test_two_genres_that_differ_in_their_unicode_form_alone(refused, parts):
    labels = ["caf\u00e9", "cafe\u0301", "high"]
    assert "a genre twice" in refused(with_card(parts, labels=labels))


def test_a_title_is_one_line_of_a_length_that_can_be_shown(parts, tmp_path):
    title = "A\x1b]0;owned\x07\u202e" + "a" * 100_000
    packed = pack(tmp_path / "x.genredesk", with_card(parts, title=title, notes="a\nb\x1b[2J"))
    card = install.import_(packed).card
    assert card.title.startswith("A␛]0;owned␇�aaa")
    assert len(card.title) == 255
    assert card.notes == "a\nb␛[2J"


def test_wrong_names(refused, parts):
    model = onnx.load_model_from_string(parts["model.onnx"])
    model.graph.output[1].name = "mean"
    del model.graph.output[1].type.tensor_type.shape.dim[:]
    changed = with_file(parts, "model.onnx", model.SerializeToString())
    assert "model.onnx cannot be used" in refused(changed)


def test_a_wrong_input_shape(refused, parts, tiny):
    spec = type(LIVE_MEL).from_dict(LIVE_MEL.to_dict() | {"frames": 40})
    changed = with_file(parts, "model.onnx", tiny.model(spec))
    assert "but the front end gives (any batch, *(1, 128, 39))" in refused(changed)


def test_the_wrong_number_of_genres(refused, parts, tiny):
    changed = with_file(parts, "model.onnx", tiny.model(n_labels=4))
    assert "names 4 genres, the card 3" in refused(changed)


def test_an_answer_that_is_not_a_number(refused, parts, tiny):
    changed = with_file(parts, "model.onnx", tiny.model(gain=float("nan")))
    assert "not a number" in refused(changed)


def test_another_network_under_the_same_card(refused, parts, tiny):
    changed = with_file(parts, "model.onnx", tiny.model(gain=0.06))
    assert "golden output differs" in refused(changed)


def test_no_golden_output(refused, parts):
    assert "no golden output" in refused(with_card(parts, golden=None))


def test_an_unknown_golden_signal(refused, parts):
    logits = json.loads(parts["card.json"])["golden"]["logits"]
    changed = with_card(parts, golden={"signal": "other", "logits": logits})
    assert "golden signal “other”" in refused(changed)


def test_a_network_that_never_ends(refused, parts, tiny, monkeypatch):
    """A loop of 2⁶² turns is stopped once it used up its time, not while others use the machine."""
    from genredesk.inference.runtime import golden

    used = iter([0.0, *[0.1] * 20, 0.3])
    monkeypatch.setattr(golden, "_LOOK_S", 0.01)
    monkeypatch.setattr(golden, "TIME_LIMIT_S", 0.2)
    monkeypatch.setattr(golden, "time", SimpleNamespace(process_time=lambda: next(used)))
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["x", "one"], ["y"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["mean"], ["flat"], axis=1),
        helper.make_node("Loop", ["turns", "yes", "flat"], ["embedding"], body=body),
        helper.make_node("MatMul", ["embedding", "weight"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(np.array(1 << 62, np.int64), "turns"),
        numpy_helper.from_array(np.array(True), "yes"),
        numpy_helper.from_array(np.float32(1), "one"),
        numpy_helper.from_array(np.ones((128, 3), np.float32), "weight"),
    ]
    endless = tiny.graph(LIVE_MEL, nodes, constants)
    changed = with_file(parts, "model.onnx", endless)
    assert "does not answer within 0.2 s" in refused(changed)
    assert not list(used)


def test_a_home_that_cannot_be_written(parts, tmp_path, home):
    target = pack(tmp_path / "x.genredesk", parts)
    root = paths.user_models_dir()
    for place in root.glob("*"):
        place.unlink()
    root.rmdir()
    root.write_text("a file where the folder should be")
    with pytest.raises(BundleError, match=r"x\.genredesk: it cannot be installed"):
        install.import_(target)
