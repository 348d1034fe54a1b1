"""Qt's own translations stay out but those of the languages that GenreDesk speaks."""

from __future__ import annotations

from pathlib import Path

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

OURS = Path(__file__).resolve().parents[3] / "resources" / "translations"
SPOKEN = tuple(path.stem.removeprefix("genredesk") for path in OURS.glob("genredesk_*.ts"))

hiddenimports, binaries, datas = add_qt6_dependencies(__file__)
datas = [
    (source, target)
    for source, target in datas
    if "translations" not in str(target) or Path(source).stem.endswith(SPOKEN)
]
