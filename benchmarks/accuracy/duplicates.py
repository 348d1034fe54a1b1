"""Whether copies in the library are found, whether anything else is, and how long a search takes.

``python -m benchmarks.accuracy.duplicates --data DIR`` makes copies, cuts and remixes of the songs
at hand with ffmpeg and compares them all; with ``--tracks 100000`` it searches made-up fingerprints.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from genredesk.audio import decode
from genredesk.audio.quiet import libraries_silent
from genredesk.features import fingerprint
from genredesk.features.fingerprint import Codes
from genredesk.library.catalogue import recordings as stored
from genredesk.library.index import recordings

RATE = 22050

COPIES: dict[str, tuple[str, ...]] = {
    "mp3-64.mp3": ("-b:a", "64k"),
    "mp3-192.mp3": ("-b:a", "192k"),
    "vorbis.ogg": ("-c:a", "libvorbis", "-q:a", "3"),
    "aac-96.m4a": ("-c:a", "aac", "-b:a", "96k"),
    "opus-48.opus": ("-c:a", "libopus", "-b:a", "48k"),
    "quiet.flac": ("-af", "volume=-15dB"),
    "16khz.mp3": ("-ar", "16000", "-ac", "1", "-b:a", "64k"),
}
CUTS: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "no-start.mp3": (0.11, 1.0, ("-b:a", "128k")),
    "no-end.ogg": (0.0, 0.6, ("-c:a", "libvorbis")),
    "section.flac": (0.27, 0.7, ()),
    "other-section.m4a": (0.5, 0.93, ("-c:a", "aac", "-b:a", "128k")),
}
"""From where to where, as shares of the song, and how encoded."""

REMIXES: dict[str, str] = {
    "slower.flac": "atempo=0.985",
    "faster.flac": "atempo=1.04",
    "higher.flac": "asetrate={rate}*1.03,aresample={rate},atempo=0.970874",
    "lower.flac": "asetrate={rate}*0.94,aresample={rate},atempo=1.06383",
    "speed.flac": "asetrate={rate}*1.02,aresample={rate}",
}
ORIGINAL = "original"
MIXES = {"mixed.flac": 1.0, "mixed-6dB.flac": 0.5}
"""How loud another song is beside the song, both brought to one level."""


def _made(song: Path, other: Path, out: Path) -> Iterator[tuple[str, str, Path, float, float]]:
    """Write all variants of a song; yield kind, name, file and where it is in the song."""
    rate, seconds = _facts(song)
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(song), "-i", str(other)]
    found: list[tuple[str, str, Path, float, float]] = []
    level = "loudnorm=I=-20:LRA=20:TP=-1,aresample=22050"
    n = len(MIXES)
    graph = [
        f"[{k}:a]{level},asplit={n}" + "".join(f"[{side}{i}]" for i in range(n))
        for k, side in enumerate("ab")
    ]
    for i, gain in enumerate(MIXES.values()):
        mixed = "amix=normalize=0:duration=shortest"
        graph.append(f"[b{i}]volume={gain}[c{i}];[a{i}][c{i}]{mixed}[m{i}]")
    command += ["-filter_complex", ";".join(graph)]
    for name, how in COPIES.items():
        command += ["-map", "0:a", *how, str(out / name)]
        found.append(("copy", name, out / name, 0.0, 1.0))
    for name, (begin, end, how) in CUTS.items():
        command += ["-map", "0:a", "-ss", str(begin * seconds), "-t", str((end - begin) * seconds)]
        command += [*how, str(out / name)]
        found.append(("cut", name, out / name, begin, end))
    for name, how in REMIXES.items():
        command += ["-map", "0:a", "-af", how.format(rate=rate), str(out / name)]
        found.append(("remix", name, out / name, 0.0, 1.0))
    for i, name in enumerate(MIXES):
        command += ["-map", f"[m{i}]", str(out / name)]
        found.append(("remix", name, out / name, 0.0, 1.0))
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    yield ("copy", ORIGINAL, song, 0.0, 1.0)
    yield from found


def _facts(song: Path) -> tuple[int, float]:
    header = decode.probe(song)
    return header.sample_rate, len(decode.load(song, RATE)) / RATE


def _kept(path: Path) -> Codes:
    codes = fingerprint.codes(decode.load(path, RATE), RATE)
    return np.frombuffer(stored.thinned(codes), "<u4")


Variant = tuple[int, str, str, float, float, int]
"""Of which song, of what kind, its name, from where to where, and how many codes the song has."""


def _same(one: Variant, two: Variant) -> bool | None:
    """Say whether two variants are to be found; ``None`` where they share too little to be."""
    if one[0] != two[0]:
        return False
    if "remix" in (one[1], two[1]):
        return None if one[1] == two[1] else False
    shared = min(one[4], two[4]) - max(one[3], two[3])
    enough = shared >= recordings.LEAST_SHARED * min(one[4] - one[3], two[4] - two[3])
    return (enough and shared * one[5] >= recordings.LEAST_CODES) or None


def real(data: Path, every: int) -> None:
    """Compare variants of the songs at hand and print precision and recall by kind."""
    songs = list(decode.find_audio([data / "gtzan-audio", data / "full-songs"]))[::every]
    about: list[Variant] = []
    codes: list[Codes] = []
    with tempfile.TemporaryDirectory() as temp:
        for n, song in enumerate(songs):
            other = songs[(n + 7) % len(songs)]
            for kind, name, path, begin, end in _made(song, other, Path(temp)):
                codes.append(_kept(path))
                whole = len(codes[-1]) if name == ORIGINAL else about[-1][5]
                about.append((n, kind, name, begin, end, whole))
    began = time.monotonic()
    found = recordings.matches(lambda: enumerate(codes), codes.__getitem__)
    took = time.monotonic() - began
    pairs = {(same.first, same.second) for same in found}
    judged = {pair: _same(about[pair[0]], about[pair[1]]) for pair in pairs}
    right, wrong = (sum(v is truth for v in judged.values()) for truth in (True, False))
    print(f"{len(songs)} songs, {len(codes)} files, {len(found)} pairs in {took:.1f} s")
    print(f"precision {right / max(1, right + wrong):.2%} ({right} right, {wrong} wrong)")
    for kind in (*REMIXES, *MIXES):
        n = sum(v is False and any(about[i][2] == kind for i in pair) for pair, v in judged.items())
        print(f"  {kind:<20} in {n} wrong pairs")
    firsts = [i for i, what in enumerate(about) if what[2] == ORIGINAL]
    for name in [*COPIES, *CUTS]:
        asked = [(o, i) for o in firsts for i in range(o, o + 19) if i < len(about)
                 and about[i][2] == name and _same(about[o], about[i])]  # fmt: skip
        hit = sum(pair in pairs for pair in asked)
        share = hit / max(1, len(asked))
        print(f"  {name:<20} found beside the original: {share:6.1%} of {len(asked)}")
    wanted = [
        (i, j) for i in range(len(about)) for j in range(i + 1, min(len(about), i + 19))
        if _same(about[i], about[j])
    ]  # fmt: skip
    print(
        f"recall of all pairs {sum(p in pairs for p in wanted) / len(wanted):.2%} of {len(wanted)}"
    )


SONGS_OF_ALL = 0.9
"""Share of made-up tracks that are songs of their own; the others are copies of one of them."""


def _made_up(n: int, seed: int = 0) -> Iterator[tuple[int, Codes]]:
    """Give fingerprints of ``n`` tracks of 2 to 6 minutes, made of the bits' own habits.

    Bits flip from code to code, neighbours together, as in real ones (a bit stands 0.4 s); a song
    repeats its parts, a tenth of the songs share a loop of 8 bars with others, and a tenth of the
    tracks are copies with noise and another start.
    """
    rng = np.random.default_rng(seed)
    loops = [_walk(rng, 172) for _ in range(200)]
    recent: list[Codes] = []
    for i in range(n):
        if recent and rng.random() > SONGS_OF_ALL:
            base = recent[rng.integers(len(recent))]
            flips = rng.random((len(base), 32)) < rng.choice((0.005, 0.02, 0.05))
            noise = np.packbits(flips, axis=1, bitorder="little").view("<u4")[:, 0]
            yield i, (base ^ noise)[rng.integers(0, 200) :]
            continue
        parts = [_walk(rng, int(rng.integers(160, 400))) for _ in range(4)]
        if rng.random() < 0.1:
            parts.append(loops[rng.integers(len(loops))])
        plan = rng.integers(0, len(parts), int(rng.integers(5, 14)))
        codes = np.concatenate([parts[k] for k in plan])
        recent = [*recent[-1000:], codes] if i % 2 else recent
        yield i, codes


def _walk(rng: np.random.Generator, n: int) -> Codes:
    words = rng.integers(0, 1 << 32, (3, n), np.uint32)
    seeds = words[0] & words[1] & words[2]
    flips = seeds | (seeds << np.uint32(1)) & rng.integers(0, 1 << 32, n, np.uint32)
    flips[0] = rng.integers(0, 1 << 32, dtype=np.uint32)
    return np.bitwise_xor.accumulate(flips)


def many(n: int) -> None:
    """Search made-up fingerprints, held as the catalogue holds them, and print time and memory."""
    with tempfile.TemporaryFile() as file:
        places, at = [], 0
        for _, codes in _made_up(n):
            file.write(codes.astype("<u4").tobytes())
            places.append((at, len(codes)))
            at += 4 * len(codes)

        def read(i: int) -> Codes:
            start, length = places[i]
            return np.frombuffer(os.pread(file.fileno(), 4 * length, start), "<u4")

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, cpu = time.monotonic(), time.process_time()
        found = recordings.matches(lambda: ((i, read(i)) for i in range(n)), read)
        lengths = {i: float(length) for i, (_, length) in enumerate(places)}
        groups = recordings.groups(found, lengths)
        took, used = time.monotonic() - began, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{n:,} tracks, {at / 1e6:,.0f} MB of fingerprints: {len(found):,} pairs in "
        f"{len(groups):,} groups in {took:.0f} s ({used:.0f} s of processor time); "
        f"at most {most / 1024:,.0f} MB of memory ({before / 1024:,.0f} before)"
    )


def main() -> int:
    """Do one or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth song only")
    parser.add_argument("--tracks", type=int, default=0, metavar="N")
    asked = parser.parse_args()
    with libraries_silent():
        if asked.data:
            real(asked.data, asked.every)
        if asked.tracks:
            many(asked.tracks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
