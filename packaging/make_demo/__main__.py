"""Write the demo pieces: ``python packaging/make_demo [NAME …]`` (needs fluidsynth).

Each piece is a score of our own (one file each), played by fluidsynth with the sound font of
Debian's fluid-soundfont-gm (MIT licence), mixed here and written to ``resources/demo``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import classical
import disco
import jazz
import metal
import numpy as np
import sound
from score import Piece

TARGET = Path(__file__).resolve().parents[2] / "resources" / "demo"
PIECES = (jazz.piece, metal.piece, classical.piece, disco.piece)
MAX_BYTES = 500_000


def make(piece: Piece, folder: Path) -> dict[str, str | float]:
    """Write one piece and return its line of the list."""
    mix = sound.mixed(piece)
    path = folder / f"{piece.slug}.ogg"
    sound.write(mix, piece, path)
    loudest = 20 * np.log10(np.abs(mix).max())
    rms = 20 * np.log10(np.sqrt((mix**2).mean()))
    size = path.stat().st_size
    seconds = len(mix) / sound.RATE
    print(
        f"{path.name}: {seconds:.1f} s, {size // 1000} kB, peak {loudest:.1f}, RMS {rms:.1f} dBFS"
    )
    if size > MAX_BYTES:
        raise SystemExit(f"{path.name} is larger than {MAX_BYTES} bytes")
    return {
        "file": path.name,
        "title": piece.title,
        "style": piece.style,
        "about": piece.about,
        "seconds": round(seconds, 2),
    }


def main() -> int:
    """Write what was asked for; the list is written when all were."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="which pieces (default: all)")
    parser.add_argument("--to", type=Path, default=TARGET, help="folder to write to")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    pieces = [make_piece() for make_piece in PIECES]
    chosen = [
        p
        for p in pieces
        if not options.names or p.slug in options.names or p.style in options.names
    ]
    entries = [make(piece, options.to) for piece in chosen]
    if len(entries) == len(pieces):
        text = json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
        (options.to / "demo.json").write_text(text, encoding="utf-8")
    return 0 if entries else 1


if __name__ == "__main__":
    sys.exit(main())
