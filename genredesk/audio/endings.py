"""By which names music is found in folders; what it really is, its first bytes decide later.

Light, so that whoever only looks at names loads no decoder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from genredesk.core.messages import say

_SUFFIXES = """
    .wav .wave .w64 .rf64 .bwf .aif .aiff .aifc .au .snd .caf
    .flac .alac .ape .wv .tta .tak .mpc .mp+ .mpp .dsf .dff
    .mp3 .mp2 .mpa .m2a .mp1 .ogg .oga .ogx .opus .spx .m4a .m4b .m4r .m4p .aac .adts .loas
    .wma .ac3 .eac3 .ec3 .dts .dtshd .amr .awb .oma .aa3 .ra .voc
    .mp4 .m4v .mov .qt .3gp .3gpp .3g2 .mkv .mka .mk3d .webm .weba .ogv .ogm .avi .divx .wmv .asf
    .flv .f4v .f4a .f4b .ts .m2ts .mts .mpg .mpeg .vob .rm .rmvb
"""
AUDIO_SUFFIXES = frozenset(_SUFFIXES.split())
"""What is picked up in folders (lower case); files named one by one may be called anything."""

_SYSTEM_FOLDERS = frozenset((
    "#recycle", "#snapshot", "~snapshot", "@__thumb", "@eadir", "@recently-snapshot", "@recycle",
    "@sharebin", "@tmp", "$extend", "$recycle.bin", "recycled", "recycler", "found.000",
    "system volume information", "lost+found", "__macosx", "network trash folder",
    "temporary items",
))  # fmt: skip
"""What network storage and systems keep beside a person's files, in small letters; bins and
previews of theirs hold music that nobody listens to."""

_NAMED = 4
_FOLDERS_NAMED = 5


def ending(name: str) -> str:
    """Return a file's ending as it is in :data:`AUDIO_SUFFIXES`; empty when it has none."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, not a path


def is_audio(name: str) -> bool:
    """Whether a file in a folder is picked up; hidden ones are not."""
    return not name.startswith(".") and ending(name) in AUDIO_SUFFIXES


def is_walked(name: str) -> bool:
    """Whether a folder in a folder is looked into; hidden ones and the system's own are not."""
    return not name.startswith(".") and name.lower() not in _SYSTEM_FOLDERS


def passed_over(counts: Mapping[str, int]) -> str:
    """Say how many files were passed over, from how many there are of each ending.

    Returns
    -------
    str
        Half a sentence, "12 files that are not music by their names (9 .jpg, 3 .txt)"; empty
        for none.
    """
    total = sum(counts.values())
    if not total:
        return ""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{n} {suffix or say('without an ending')}" for suffix, n in ranked[:_NAMED]]
    if len(ranked) > _NAMED:
        named.append(say("{n} others", n=sum(n for _, n in ranked[_NAMED:])))
    kinds = ", ".join(named)
    if total == 1:
        return say("1 file that is not music by its name ({kinds})", kinds=kinds)
    return say(
        "{total} files that are not music by their names ({kinds})", total=total, kinds=kinds
    )


def passed_folders(counts: Mapping[str, int]) -> str:
    """Say how many folders were not looked into, from how many there are of each name.

    Returns
    -------
    str
        "2 hidden or system folders (#recycle, .git)"; empty for none.
    """
    total = sum(counts.values())
    if not total:
        return ""
    names = list(counts)
    if len(names) > _FOLDERS_NAMED:
        names[_FOLDERS_NAMED:] = [say("{n_names} more names", n_names=len(names) - _FOLDERS_NAMED)]
    listed = ", ".join(names)
    if total == 1:
        return say("1 hidden or system folder ({names})", names=listed)
    return say(
        "{total:,} hidden or system folders ({names})",
        total=total,
        names=listed,
    )
