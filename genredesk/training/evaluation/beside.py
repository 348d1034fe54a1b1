"""What an accuracy has to be seen beside, in sentences for the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genredesk.core import shares
from genredesk.core.messages import mark, say
from genredesk.training.data.split import protocol_said


def sentences(result: dict[str, Any]) -> list[str]:
    """Return what :mod:`genredesk.training.evaluation.review` found, each in a sentence."""
    parts = (_version, _start, _begun_with, _guess, _nearest, _leaks, _ears, _pieces)
    return [line for part in parts if (line := part(result))]


def percent(value: float) -> str:
    """Return a share of one as a page writes it: ``84.5 %``."""
    return shares.percent(value, 1)


def span(interval: Sequence[float]) -> str:
    """Return an interval of shares as a page writes it: ``77.6–90.6 %``."""
    return shares.ranged(interval, 1)


def _version(result: dict[str, Any]) -> str:
    recipe = result.get("recipe") or {}
    if not recipe.get("version"):
        return ""
    return say(
        "The paper's network {version}. {notes}", version=recipe["version"], notes=recipe["notes"]
    )


def _start(result: dict[str, Any]) -> str:
    if not (start := result.get("start")):
        return ""
    return say(
        "{title} gets {before} of the same {n} songs right, this network {after}.",
        title=start["title"],
        before=percent(start["start"]),
        n=start["n"],
        after=percent(start["new"]),
    )


def _begun_with(result: dict[str, Any]) -> str:
    if not (begun := result.get("begun_with")):
        return ""
    flatters = (
        say(
            "If songs that were kept back here were among them, its number and this network's "
            "flatter."
        )
        if begun["weights"]
        else say("If songs that were kept back here were among them, its number flatters.")
    )
    data = begun["data"].rstrip(".") or say("not known")
    return say("{title} learned from: {data}.", title=begun["title"], data=data) + f" {flatters}"


def _guess(result: dict[str, Any]) -> str:
    if not (guess := result.get("guessing")):
        return ""
    return say(
        "Always answering the most common genre would get {most}, rolling dice {even}.",
        most=percent(guess["most"]),
        even=percent(guess["even"]),
    )


def _nearest(result: dict[str, Any]) -> str:
    if not (near := result.get("nearest")):
        return ""
    return say(
        "Without any network, the {k} nearest neighbors on MFCC get {share} of the same {n} "
        "songs right.",
        k=near["k"],
        share=percent(near["songs"]),
        n=near["n"],
    )


def _leaks(result: dict[str, Any]) -> str:
    if not (leaks := result.get("leaks")):
        return ""
    divided = (
        say(
            "All {train} songs were learned from in the end; for the numbers {valid} of them were "
            "asked about once, by a network that had not ({protocol}).",
            train=leaks["train"],
            valid=leaks["valid"],
            protocol=protocol_said(leaks["protocol"]),
        )
        if leaks.get("folds")
        else say(
            "{train} songs learned from, {valid} kept back ({protocol}).",
            train=leaks["train"],
            valid=leaks["valid"],
            protocol=protocol_said(leaks["protocol"]),
        )
    )
    artists = say(
        "Artists on both sides: {names} (known of {n} songs).",
        names=", ".join(leaks["shared_artists"]) or say("none known"),
        n=leaks["artists_known"],
    )
    return f"{divided} {artists}"


def _ears(result: dict[str, Any]) -> str:
    if len(ears := result.get("ears") or []) < 2:
        return ""
    one, more = mark("1 ear {share} ({span})"), mark("{n} ears {share} ({span})")
    rows = (
        say(
            one if row["ears"] == 1 else more,
            n=row["ears"],
            share=percent(row["songs"]),
            span=span(row["interval"]),
        )
        for row in ears
    )
    return say("On the same songs: {rows}.", rows="; ".join(rows))


def _pieces(result: dict[str, Any]) -> str:
    if not (pieces := result.get("segments")):
        return ""
    return say(
        "Flattering: a split of pieces instead of songs would have claimed {share} of {n} windows.",
        share=percent(pieces["accuracy"]),
        n=pieces["n"],
    )
