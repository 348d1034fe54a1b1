"""Labelled folders: what is found, what is set aside, and a cache that survives anything."""

from __future__ import annotations

import dataclasses
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.core.errors import Cancelled, DataError
from genredesk.core.job import JobContext
from genredesk.features import fingerprint, frontend
from genredesk.features.frontend import LIVE_MEL
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.training.data import cache as caching
from genredesk.training.data import folders, scan, songlist, songs
from genredesk.training.data.cache import TrainingFeatureCache

RATE = 22050
GENRES = ("hum", "whistle", "knock")


def problems(data) -> dict[str, str]:
    return {p.file: p.kind for p in data.scan.problems}


def test_every_song_is_found_and_cut_as_the_live_view_cuts(folder):
    data = folders.open_folder(folder, LIVE_MEL)
    assert len(data.songs) == 15
    assert songs.labels_of(data) == tuple(sorted(GENRES))
    assert not data.scan.problems
    from genredesk.audio import decode

    samples = decode.load(data.songs[0].path, RATE)
    live = frontend.window(LIVE_MEL, samples[5 * LIVE_MEL.hop_length :])
    mine, _ = songs.windows_of(data, 0, 1)
    np.testing.assert_allclose(mine[5], live, atol=1e-4)


def test_what_systems_keep_beside_music_is_no_genre(folder):
    for name in ("#recycle", "@eaDir", "hum/@eaDir"):
        shutil.copytree(folder / "knock", folder / name)
    data = folders.open_folder(folder, LIVE_MEL)
    assert len(data.songs) == 15
    assert songs.labels_of(data) == tuple(sorted(GENRES))
    assert not data.scan.problems


def test_a_name_taken_apart_is_the_same_name(folder, tmp_path):
    """As macOS hands names out: folders, the table of songs, a list of them, a network's genres."""
    composed, apart = "caf\u00e9", "cafe\u0301"
    (folder / "hum").rename(folder / composed)
    (folder / "whistle").rename(folder / apart)
    songs_apart = sorted((folder / apart).iterdir())
    (folder / "tracks.csv").write_text(
        "path,artist,split\n" + "".join(f"{composed}/{p.name},Ren\u00e9,\n" for p in songs_apart),
        encoding="utf-8",
    )
    data = folders.open_folder(folder, LIVE_MEL)
    assert songs.labels_of(data) == (composed, "knock")
    assert sum(song.label == composed for song in data.songs) == 10
    assert {song.artist for song in data.songs if apart in song.path} == {"Ren\u00e9"}
    assert all(Path(song.path).exists() for song in data.songs), "paths stay as they are"

    entries = list(songlist.look([folder]))
    assert {entry.label for entry in entries} == {composed, "knock"}
    songlist.write(tmp_path / "songs.json", entries)
    (tmp_path / "songs.json").write_text(
        unicodedata.normalize("NFD", (tmp_path / "songs.json").read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    assert {entry.label for entry in songlist.read(tmp_path / "songs.json")} == {composed, "knock"}


def test_a_song_whose_sides_cancel_is_the_song_of_one_side(folder, sound):
    path = folder / "hum" / "opposed.flac"
    side = sound("hum", 99)
    soundfile.write(path, np.stack([side, -side], axis=1), RATE, subtype="PCM_16")
    data = folders.open_folder(folder, LIVE_MEL)
    (index,) = (i for i, song in enumerate(data.songs) if song.path == str(path))
    soundfile.write(path.with_name("side.flac"), side, RATE, subtype="PCM_16")
    alone = folders.examine(path.with_name("side.flac"), LIVE_MEL, data.cache)
    assert data.scan.facts[index].audio == alone.audio


@pytest.mark.parametrize("bad", ["a\x1b[2Jb", "a\u202eb", "a\nb"])
def test_a_class_that_cannot_be_shown_is_refused_before_anything_runs(folder, bad):
    (folder / "hum").rename(folder / bad)
    with pytest.raises(DataError, match="control characters") as caught:
        scan.find(folder)
    assert bad not in str(caught.value)


@pytest.mark.parametrize("name", ["kth-mfcc", "logmel80", "mel256", "kth-mel3"])
def test_other_front_ends_give_the_windows_they_promise(folder, name, sound, write_wav):
    spec = PAPER_FRONTENDS[name]
    for path in folder.rglob("*.wav"):
        if " 0" not in path.name:
            path.unlink()
        else:
            write_wav(path, sound(path.parent.name, 0, 10.5))
    data = folders.open_folder(folder, spec)
    assert len(data.songs) == 3
    from genredesk.audio import decode

    samples = decode.load(data.songs[1].path, RATE)
    windows, starts = songs.windows_of(data, 1, songs.window_columns(spec))
    assert windows.shape == (len(starts), *spec.shape)
    if not spec.streamable:
        assert len(windows) == len(samples) // spec.window_samples
        second = frontend.window(spec, samples[spec.window_samples :])
        np.testing.assert_allclose(windows[1], second, atol=2e-2 if spec.kind == "mel3" else 1e-3)


def test_second_run_reads_no_audio(folder, monkeypatch):
    folders.open_folder(folder, LIVE_MEL)

    def never(*_):
        raise AssertionError("decoded again")

    monkeypatch.setattr(folders.decode, "load_tagged", never)
    data = folders.open_folder(folder, LIVE_MEL, cache=TrainingFeatureCache())
    assert len(data.songs) == 15
    assert data.crop(0, 0, 39).shape == (1, 128, 39)


def test_changed_file_is_read_again(folder, sound, write_wav):
    one = folders.open_folder(folder, LIVE_MEL).scan.facts[0].audio
    write_wav(folder / "hum" / "hum 0.wav", sound("hum", 77))
    assert folders.open_folder(folder, LIVE_MEL).scan.facts[0].audio != one


def test_bad_files_are_named_and_set_aside(folder, sound, write_wav):
    (folder / "hum" / "empty.wav").write_bytes(b"")
    (folder / "hum" / "text.mp3").write_text("not music")
    write_wav(folder / "hum" / "short.wav", sound("hum", 90, 1.0))
    write_wav(folder / "hum" / "silent.wav", np.zeros(4 * RATE))
    write_wav(folder / "lost.wav", sound("hum", 91))
    shutil.copy(folder / "hum" / "hum 1.wav", folder / "hum" / "zz again.wav")
    shutil.copy(folder / "hum" / "hum 2.wav", folder / "knock" / "other.wav")
    data = folders.open_folder(folder, LIVE_MEL)
    assert problems(data) == {
        "hum/empty.wav": "unreadable",
        "hum/text.mp3": "unreadable",
        "hum/short.wav": "short",
        "hum/silent.wav": "silent",
        "lost.wav": "misplaced",
        "hum/zz again.wav": "duplicate",
        "hum/hum 2.wav": "ambiguous",
        "knock/other.wav": "ambiguous",
    }
    report = data.scan.to_dict()
    assert report["set_aside"] == 8
    assert report["classes"]["hum"]["songs"] == 4
    assert report["imbalance"] == pytest.approx(5 / 4)
    assert report["cache"]["bytes"] > 0
    text = {p.file: f"{p.reason} {p.fix}" for p in data.scan.problems}
    assert "1.0 s" in text["hum/short.wav"]
    assert "knock" in text["hum/hum 2.wav"]


def melody(seed: int, seconds: float = 15.0) -> np.ndarray:
    """Notes with overtones over a noisy beat, sound ``(n,)``."""
    rng = np.random.default_rng(seed)
    t = np.arange(RATE // 5) / RATE
    notes = []
    for _ in range(round(seconds * 5)):
        pitch = 220 * 2 ** (rng.integers(0, 24) / 12)
        tone = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 8))
        notes.append((tone + rng.normal(size=len(t))) * np.exp(-6 * t))
    return (0.1 * np.concatenate(notes)).astype(np.float32)


@pytest.mark.parametrize("shift", [0, 5000, RATE])
def test_same_recording_in_another_level_and_start_is_found(tmp_path, write_wav, shift):
    root, rng = tmp_path / "music", np.random.default_rng(0)
    for seed in range(6):
        write_wav(root / "a" / f"{seed}.wav", melody(seed))
    song = melody(3)[shift:]
    write_wav(root / "a" / "again.wav", 0.4 * song + 0.004 * rng.normal(size=len(song)))
    data = folders.open_folder(root, LIVE_MEL)
    assert problems(data) == {"a/again.wav": "duplicate"}
    assert "a/3.wav" in data.scan.problems[0].reason


def test_nested_folders_and_mixed_names(tmp_path, sound, write_wav):
    root = tmp_path / "mü sic"
    write_wav(root / "a" / "x" / "y" / "ä ♫.wav", sound("hum", 1))
    write_wav(root / "b" / "B.WAV", sound("knock", 1))
    write_wav(root / ".hidden" / "c.wav", sound("knock", 2))
    data = folders.open_folder(root, LIVE_MEL)
    assert [(s.name, s.label) for s in data.songs] == [("a/x/y/ä ♫.wav", "a"), ("b/B.WAV", "b")]


def test_table_names_artist_and_split(folder):
    lines = ["path,artist,split"]
    for p in sorted(folder.rglob("*.wav")):
        part = "valid" if "4" in p.name else "train"
        lines.append(f"{p.relative_to(folder).as_posix()},Somebody,{part}")
    (folder / "tracks.csv").write_text("\n".join(lines) + "\n")
    data = folders.open_folder(folder, LIVE_MEL)
    assert {s.artist for s in data.songs} == {"Somebody"}
    assert sum(s.split == "valid" for s in data.songs) == 3


def make_empty(root):
    for path in root.rglob("*.wav"):
        path.unlink()


def break_all(root):
    for path in root.rglob("*.wav"):
        path.write_bytes(b"RIFF")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (shutil.rmtree, "is no folder"),
        (make_empty, "no music"),
        (break_all, "None of the 15 files"),
        (lambda root: (root / "HUM").mkdir(), "differ only in case"),
        (lambda root: (root / ("g" * 201)).mkdir(), "201 characters"),
    ],
)
def test_folder_that_cannot_be_used_is_refused_in_a_sentence(folder, change, word):
    change(folder)
    with pytest.raises(DataError, match=word):
        folders.open_folder(folder, LIVE_MEL)


def test_too_many_genres(tmp_path, monkeypatch):
    monkeypatch.setattr(songs, "MAX_LABELS", 4)
    for i in range(5):
        (tmp_path / f"g{i}").mkdir()
    with pytest.raises(DataError, match="5 genres"):
        scan.find(tmp_path)


def test_cancel_keeps_what_is_done(folder):
    context = JobContext(lambda p: context.cancel() if p.done >= 4 else None)
    with pytest.raises(Cancelled):
        folders.open_folder(folder, LIVE_MEL, context)
    assert len(list((TrainingFeatureCache().folder / fingerprint.NAME).rglob("*.u4"))) >= 4
    assert len(folders.open_folder(folder, LIVE_MEL).songs) == 15


def test_folder_gone_half_way_is_said(folder, monkeypatch):
    real = folders.examine

    def examine(path, spec, cache):
        if path.name == "hum 3.wav":
            shutil.rmtree(folder)
        return real(path, spec, cache)

    monkeypatch.setattr(folders, "examine", examine)
    with pytest.raises(DataError, match="is gone"):
        folders.open_folder(folder, LIVE_MEL, workers=1)


def test_full_disk_while_caching_is_said(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.Path, "replace", full)
    with pytest.raises(DataError, match="No space left"):
        folders.open_folder(folder, LIVE_MEL)
    assert not list(TrainingFeatureCache().folder.rglob("*.tmp"))


@pytest.mark.parametrize("keep", [0, 40, 128, 2000])
def test_torn_feature_file_is_made_again(folder, keep):
    data = folders.open_folder(folder, LIVE_MEL)
    expected = data.crop(0, 0, 39)
    store = TrainingFeatureCache()
    made = list(store.folder.rglob("*.npy"))
    assert len(made) == len(data.songs)
    for path in made:
        path.write_bytes(path.read_bytes()[:keep])
    again = folders.open_folder(folder, LIVE_MEL, cache=store)
    np.testing.assert_array_equal(again.crop(0, 0, 39), expected)


def test_fingerprint_that_vanished_is_made_again(folder):
    folders.open_folder(folder, LIVE_MEL)
    shutil.rmtree(TrainingFeatureCache().folder / fingerprint.NAME)
    shutil.copy(folder / "hum" / "hum 1.wav", folder / "knock" / "other.wav")
    data = folders.open_folder(folder, LIVE_MEL, cache=TrainingFeatureCache())
    assert set(problems(data)) == {"hum/hum 1.wav", "knock/other.wav"}
    assert all(TrainingFeatureCache().has_codes(known.audio) for known in data.scan.facts)


def test_short_song_is_not_decoded_twice(folder, sound, write_wav, monkeypatch):
    write_wav(folder / "hum" / "short.wav", sound("hum", 90, 1.0))
    folders.open_folder(folder, LIVE_MEL)
    monkeypatch.setattr(folders.decode, "load_tagged", None)
    data = folders.open_folder(folder, LIVE_MEL, cache=TrainingFeatureCache())
    assert problems(data) == {"hum/short.wav": "short"}


def test_torn_list_of_files_loses_only_its_last_line(folder):
    folders.open_folder(folder, LIVE_MEL, workers=1)
    (listed,) = TrainingFeatureCache().folder.glob("*.jsonl")
    listed.write_bytes(listed.read_bytes()[:-20])
    store = TrainingFeatureCache()
    paths = sorted(folder.rglob("*.wav"))
    assert sum(store.facts(p, RATE) is not None for p in paths) == 14
    folders.open_folder(folder, LIVE_MEL, cache=store)
    fresh = TrainingFeatureCache()
    assert all(fresh.facts(p, RATE) is not None for p in paths)


def test_features_that_vanish_are_made_again(folder):
    data = folders.open_folder(folder, LIVE_MEL)
    expected = data.crop(2, 0, 39)
    data = folders.open_folder(folder, LIVE_MEL)
    shutil.rmtree(TrainingFeatureCache().folder)
    np.testing.assert_array_equal(data.crop(2, 0, 39), expected)


def test_song_that_vanishes_with_its_features_is_named(folder):
    data = folders.open_folder(folder, LIVE_MEL)
    shutil.rmtree(TrainingFeatureCache().folder)
    shutil.rmtree(folder)
    with pytest.raises(DataError, match=r"hum 0\.wav"):
        data.crop(0, 0, 39)


def test_cache_stays_within_its_limit(folder):
    data = folders.open_folder(folder, LIVE_MEL)
    store = TrainingFeatureCache(limit_bytes=200_000)
    assert store.size() > 200_000
    left = store.trim()
    assert left <= 200_000
    assert left == store.size()
    assert data.crop(0, 0, 39).shape == (1, 128, 39)
    again = TrainingFeatureCache(limit_bytes=1000)
    folders.open_folder(folder, LIVE_MEL, cache=again)
    assert again.has(data.scan.facts[0].audio, LIVE_MEL)  # in use: kept beyond the limit


def test_read_only_cache_is_said(folder, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(DataError, match="Make room"):
        folders.open_folder(folder, LIVE_MEL, cache=TrainingFeatureCache(blocker / "features"))


def test_real_songs_are_named_alike_from_audio_and_from_arrays(data_dir, tmp_path):
    """The same songs through both doors: the shipped network gives nearly the same scores."""
    from genredesk.inference import bundle as bundles
    from genredesk.inference.runtime import open_runtime
    from genredesk.training.data import mels
    from genredesk.training.evaluation.evaluate import predict, song_probabilities

    arrays = mels.load(data_dir / "gtzan-mel" / "mels.npz")
    root = tmp_path / "some"
    for genre in ("classical", "metal", "reggae"):
        (root / genre).mkdir(parents=True)
        for path in sorted((data_dir / "gtzan-audio" / genre).glob("*.flac"))[:3]:
            shutil.copy(path, root / genre / path.name)
    audio = folders.open_folder(root, LIVE_MEL)
    stems = [song.name.rpartition("/")[2].removesuffix(".flac") for song in audio.songs]
    place = {song.name: i for i, song in enumerate(arrays.songs)}
    bundle = bundles.default_bundle()
    runtime = open_runtime(bundle, "cpu")
    scores = []
    for data, chosen in ((audio, range(len(stems))), (arrays, [place[stem] for stem in stems])):
        found = predict(data, list(chosen), bundle.card.labels, lambda x: runtime.run(x)[0])
        scores.append(song_probabilities(found))
    runtime.close()
    assert len(stems) >= 7
    assert np.abs(scores[0] - scores[1]).max() < 0.15
    assert (scores[0].argmax(1) == scores[1].argmax(1)).mean() >= 0.85


def test_unused_specs_differ_in_the_cache(folder):
    data = folders.open_folder(folder, LIVE_MEL)
    other = dataclasses.replace(LIVE_MEL, hop_length=1000)
    more = folders.open_folder(folder, other)
    assert more.n_columns(0) > data.n_columns(0)


def test_what_is_no_music_by_its_name_is_counted_and_said(folder):
    first = next(iter(sorted(folder.iterdir())))
    for name in ("a.jpg", "b.jpg", "c"):
        (first / name).touch()
    song = next(iter(sorted(first.glob("*.wav"))))
    sound, rate = soundfile.read(song)
    soundfile.write(song.with_suffix(".au"), sound, rate)
    song.unlink()
    entries, problems = scan.find(folder)
    assert len(entries) == 15
    assert [(p.file, p.kind) for p in problems] == [(folder.name, "other")]
    said = "3 files that are not music by their names (2 .jpg, 1 without an ending)"
    assert problems[0].reason == said
    for path in folder.rglob("*.*"):
        path.rename(path.with_suffix(".txt"))
    with pytest.raises(DataError, match=r"18 files that are not music by their names \(17 \.txt"):
        scan.find(folder)


def test_one_file_that_breaks_a_decoder_is_set_aside(folder, tmp_path):
    first = next(iter(sorted(folder.iterdir())))
    soundfile.write(first / "slow.wav", np.zeros(5000), 1)
    cache = TrainingFeatureCache(tmp_path / "cache")
    found = folders.open_folder(folder, LIVE_MEL, cache=cache)
    assert len(found.songs) == 15
    [problem] = found.scan.problems
    assert problem.kind == "unreadable"
    assert problem.reason == "it claims a sample rate of 1 Hz, which no music has"
