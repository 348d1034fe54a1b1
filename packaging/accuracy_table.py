"""Write the accuracy table of the manual from the cards of ``models/``; with --check, compare it.

Numbers in a text are right only when nobody types them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "accuracy.md"
MARKED = re.compile(r"(<!-- accuracy:[^>]*-->\n)(.*?)(<!-- /accuracy -->)", re.DOTALL)


def share(accuracy: dict) -> str:
    """Return a measured share with its interval and the number it was measured on."""
    low, high = accuracy["interval"]
    return f"{accuracy['value']:.1%} ({low:.0%} to {high:.0%}, n = {accuracy['n']:,})"


def table(models: Path) -> str:
    """Return the table of all bundles in ``models``, best songs first."""
    cards = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(models.glob("*/card.json"))]
    cards.sort(key=lambda card: -card["accuracy"]["song"]["value"])
    lines = ["| model | parameters | songs right | windows right |", "|---|---:|---|---|"]
    for card in cards:
        song, window = (share(card["accuracy"][name]) for name in ("song", "window"))
        lines.append(f"| {card['title']} | {card['parameters']:,} | {song} | {window} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check; the status says whether the file was right (--check)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8")
    after = MARKED.sub(lambda m: m[1] + table(ROOT / "models") + m[3], before)
    if options.check:
        return int(before != after)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
