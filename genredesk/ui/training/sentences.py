"""What a result says in plain sentences, with how many songs stand behind every number."""

from __future__ import annotations

from genredesk.core.shares import measured, percent, points
from genredesk.training.data.split import protocol_said
from genredesk.ui.look.text import thousands, tr
from genredesk.ui.training import choice as choices
from genredesk.ui.training.results import Result


def expectation(result: Result) -> str:
    """Return the one sentence: of 100 new songs, how many will be right."""
    songs = result.evaluation["songs"]
    low, high = (round(points(end)) for end in songs["interval"])
    if high == 100 and not result.several:  # an interval with one end
        return tr("Of 100 new songs, expect {0} or more to be correct.").format(low)
    if result.several:
        text = tr("Of 100 new songs, expect {0} to {1} to be called by one of their words first.")
        return text.format(low, high)
    if low == high:
        return tr("Of 100 new songs, expect about {0} to be correct.").format(low)
    return tr("Of 100 new songs, expect {0} to {1} to be correct.").format(low, high)


def basis(result: Result) -> str:
    """Say what that rests on."""
    songs = result.evaluation["songs"]
    right = round(songs["sum"] * songs["n"])
    if result.several:
        macro = result.evaluation["macro"]
        text = tr(
            "The first word of {0} of the %Ln song(s) it had not learned from is one of theirs "
            "({1}). Mean over the words: precision {2}, recall {3}, average precision {4}.",
            "",
            songs["n"],
        )
        keys = ("precision", "recall", "average_precision")
        return text.format(right, measured(songs["sum"]), *(percent(macro[key]) for key in keys))
    text = tr(
        "{0} of the %Ln song(s) it had not learned from are correct ({1}). The range is the 95 % "
        "interval: with so few songs, chance plays its part. It holds for music like this.",
        "",
        songs["n"],
    )
    if songs["n"] >= 200:
        text = tr(
            "{0} of the %Ln song(s) it had not learned from are correct ({1}). The range is the "
            "95 % interval, for music like this.",
            "",
            songs["n"],
        )
    text = text.format(right, measured(songs["sum"]))
    if (result.evaluation.get("leaks") or {}).get("folds"):
        held = tr("Each was held back once; the model you get has then learned from all of them.")
        text = f"{text} {held}"
    return text


def guessing(result: Result) -> str:
    """Say what guessing would get."""
    guess = result.evaluation.get("guessing")
    if not guess:
        return ""
    text = tr("Always answering the most common genre would get {0}, rolling dice {1}.")
    if result.several:
        text = tr("Always answering the most common word would get {0}, rolling dice {1}.")
    text = text.format(percent(guess["most"]), percent(guess["even"]))
    near = result.evaluation.get("nearest")
    if not near:
        return text
    beside = tr(
        "Without any network, the %Ln nearest song(s) by timbre (MFCC) would get {0}.",
        "",
        near["k"],
    )
    return f"{text} {beside.format(measured(near['songs']))}"


def caveats(result: Result) -> list[str]:
    """Return what flatters the number, or may: leaks stand beside what they flatter."""
    said = [heard_before(result)] if result.heard != 0 else []
    sentence, well = leak(result)
    if not well or not (result.evaluation.get("leaks") or {}).get("artists_known"):
        said.append(sentence)
    said.append(flattering(result))
    return [text for text in said if text]


def heard_before(result: Result) -> str:
    """Say whether the model begun with may have learned from the very songs it is tried on."""
    begun = result.evaluation.get("begun_with")
    if not begun:
        return ""
    title, weights = begun["title"], begun["weights"]
    if result.heard < 0:
        source = begun["data"].split(": ")[0].split(". ")[0].rstrip(".")
        said = tr("Its card says it learned from {0}.").format(source) if source else ""
        text = tr(
            "Whether {0} has learned from some of these %Ln song(s) before cannot be told here; if "
            "so, its number flatters, and the new one's, too, because it goes on from it.",
            "",
            len(result.songs),
        )
        if not weights:
            text = tr(
                "Whether {0} has learned from some of these %Ln song(s) before cannot be told "
                "here; if so, its number flatters.",
                "",
                len(result.songs),
            )
        return f"{text.format(title)} {said}".strip()
    if result.heard == 0:
        text = tr(
            "{0} was made here and learned from none of these %Ln song(s).", "", len(result.songs)
        )
        return text.format(title)
    text = tr(
        "Careful: {0} had learned from {1} of these %Ln song(s). Its number flatters.",
        "",
        len(result.songs),
    )
    if weights:
        text = tr(
            "Careful: {0} had learned from {1} of these %Ln song(s). Its number flatters, and the "
            "new one's, too, because it goes on from it.",
            "",
            len(result.songs),
        )
    return text.format(title, result.heard)


def leak(result: Result) -> tuple[str, bool]:
    """Return the leak check as a sentence, and whether all is well."""
    found = result.evaluation.get("leaks") or {}
    shared = found.get("shared_artists") or []
    if shared:
        text = tr(
            "Careful: %Ln artist(s) are on both sides ({0}). The network may know their sound, so "
            "the number flatters.",
            "",
            len(shared),
        )
        return text.format(", ".join(shared[:3])), False
    if not found.get("artists_known"):
        return (
            tr(
                "No song is on both sides, and no recording twice. Artists are not known here: if "
                "one has songs on both sides, the number flatters."
            ),
            True,
        )
    known, n = found["artists_known"], found["train"]
    if not found.get("folds"):
        n += found["valid"]
    if known < n:
        text = tr(
            "No song, no recording and no artist is on both sides, as far as artists are known "
            "({0} of %Ln song(s)).",
            "",
            n,
        )
        return text.format(known), True
    return tr("No song, no recording and no artist is on both sides."), True


def flattering(result: Result) -> str:
    """Say what a split of pieces would have claimed."""
    found = result.evaluation.get("segments")
    if not found:
        return ""
    text = tr(
        "Cutting songs into pieces and mixing them before the split would have claimed {0} of %Ln "
        "window(s); that flatters, since pieces of the same songs are on both sides. Without "
        "leaks: {1} of {2} windows.",
        "",
        found["n"],
    )
    windows = result.evaluation["windows"]
    return text.format(
        measured(found["accuracy"]), measured(windows["accuracy"]), thousands(windows["n"])
    )


def protocol(result: Result) -> str:
    """Say how songs were divided."""
    found = result.evaluation.get("leaks") or {}
    if not found:
        return ""
    text = tr("%Ln song(s) for training, {0} held back ({1})", "", found["train"])
    if found.get("folds"):
        text = tr(
            "All %Ln song(s) for training; for the numbers {0} were each held back once ({1})",
            "",
            found["train"],
        )
    return text.format(found["valid"], protocol_said(found["protocol"]))


def preset(name: str) -> str:
    """Return a preset's name."""
    return {
        choices.QUICK: tr("Quick"),
        choices.BALANCED: tr("Balanced"),
        choices.SCRATCH: tr("From scratch"),
        choices.PAPER: tr("As in the paper"),
    }.get(name, name)


def origin(result: Result, start: str) -> str:
    """Say what it was made from, the model or network titled ``start``, and how."""
    fresh = result.run.plan.get("mode") == "scratch"
    text = tr("A fresh {0}, {1}") if fresh else tr("{0}, {1}")
    return text.format(start, preset(result.run.preset).lower())
