"""List, check, import, export and delete models (bundles).

  genredesk models                 list what is installed
  genredesk models show ID         the whole card
  genredesk models check [ID]      compare files and answers with the card
  genredesk models import FILE     install a .genredesk file, a trained folder, or a
                                   foreign .onnx (its JSON beside it, --head for heads)
  genredesk models get musicnn     install a published network (--from FILE: its wheel)
  genredesk models export ID FILE  write one to pass on
  genredesk models delete ID       delete one of your own

ID is the name in the first column of the list: that of the file or folder it was imported from.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from genredesk.cli import _output, _progress, _shares, _tables
from genredesk.core.errors import BundleError, GenreDeskError
from genredesk.core.messages import mark, number, say
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.features.spec import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.inference import install, trash
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard
from genredesk.inference.runtime import eightbits, quicker
from genredesk.nets import registry

_OPERANDS = {"list": 0, "show": 1, "check": None, "import": 1, "get": 1, "export": 2, "delete": 1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("what", nargs="?", choices=list(_OPERANDS), default="list")
    parser.add_argument("operands", nargs="*", metavar="ID|FILE")
    foreign = parser.add_argument_group(say("import of an .onnx from elsewhere"))
    foreign.add_argument(
        "--metadata",
        type=Path,
        metavar="JSON",
        help=say("what its publisher says (default: NAME.json)"),
    )
    foreign.add_argument(
        "--head", dest="heads", type=Path, action="append", default=[], metavar="ONNX",
        help=say("a network on its embedding, with its JSON beside it (may be repeated)"),
    )  # fmt: skip
    foreign.add_argument(
        "--frontend", default="", metavar="F", help=say("how sound becomes its input")
    )
    foreign.add_argument("--labels", type=Path, metavar="FILE", help=say("its labels, one a line"))
    foreign.add_argument(
        "--task", choices=("one", "several"), help=say("how many of them may hold")
    )
    foreign.add_argument(
        "--sure", type=float, default=0.0, help=say("sure from this score on (0 to 1)")
    )
    parser.add_argument("--title", default="", help=say("import: its name in the program"))
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help=say("get: its wheel")
    )
    parser.add_argument("--json", action="store_true", help=say("write JSON"))


def run(args: argparse.Namespace) -> int:
    """Do it; return 1 when a bundle is broken."""
    wanted = _OPERANDS[args.what]
    if wanted is not None and len(args.operands) != wanted:
        raise GenreDeskError(
            say(
                "`genredesk models {what}` takes {wanted} operands, see --help.",
                what=args.what,
                wanted=wanted,
            )
        )
    action = {
        "list": _list, "show": _show, "check": _check, "import": _import, "get": _get,
        "export": _export,
    }  # fmt: skip
    return action.get(args.what, _delete)(args)


def describe(bundle: Bundle) -> dict[str, object]:
    """Return what a list of models shows of one, ready for JSON."""
    card = bundle.card
    return {
        "id": bundle.id,
        "title": card.title,
        "network": card.network,
        "paper": card.paper,
        "parameters": card.parameters,
        "labels": list(card.labels),
        "task": card.task,
        "window_s": round(card.frontend.window_s, 3),
        "input": _input(card.frontend),
        "paper_input": _paper_input(card),
        "accuracy": {
            name: {"value": a.value, "n": a.n, "interval": list(a.interval), "on": a.on}
            for name, a in card.accuracy.items()
        },
        "shipped": bundle.shipped,
        "form": quicker.said(bundle),
        "warning": eightbits.warning(bundle),
        "path": str(bundle.path),
    }


def _input(spec: FrontendSpec) -> str:
    """Return what a network is shown, in words."""
    channels, bands, frames = spec.shape
    size = f"{channels} × " * (channels > 1) + f"{bands} × {frames}"
    return f"{size} {spec.kind.replace('_', ' ')}, {number(spec.window_s, '.1f')} s"


def _paper_input(card: ModelCard) -> str:
    """Return what its paper shows the network, where that is something else; else nothing."""
    own = PAPER_FRONTENDS.get(registry.frontend_name(card.network))
    other = own is not None and own.fingerprint != card.frontend.fingerprint
    return _input(own) if own is not None and other else ""


def _list(args: argparse.Namespace) -> int:
    found, broken = bundles.scan()
    if args.json:
        print(json.dumps([describe(b) for b in found], indent=2, ensure_ascii=False))
    else:
        _table(found)
    for path, reason in broken:
        _output.warn(f"{path}: {reason}")
    return 1 if broken else 0


def _table(found: list[Bundle]) -> None:
    if not found:
        print(say("No model is installed. `genredesk models import FILE` installs one."))
        return
    headings = (
        "id", mark("title"), mark("network"), mark("input"), mark("the paper's"), mark("genres"),
        mark("songs right"), mark("windows right"), mark("whose"),
    )  # fmt: skip
    rows = []
    for bundle in found:
        card = bundle.card
        shares = [
            say("{share} (of {n})", share=_shares.measured(a.value), n=a.n)
            if (a := card.accuracy.get(name))
            else say("not measured")
            for name in ("song", "window")
        ]
        whose = say("shipped") if bundle.shipped else say("yours")
        pictures = _input(card.frontend), _paper_input(card) or say("the same")
        n = str(len(card.labels))
        rows.append((bundle.id, card.title, card.network, *pictures, n, *shares, whose))
    spare = ("network", "windows right", "genres", "input")
    _tables.show(headings, rows, whole=("id",), spare=spare)
    for bundle in found:
        if said := eightbits.warning(bundle) or quicker.said(bundle):
            print(f"{bundle.id}: {said}")


def _show(args: argparse.Namespace) -> int:
    card = bundles.find(args.operands[0]).card
    print(json.dumps(card.to_dict(), indent=2, ensure_ascii=False))
    return 0


def _check(args: argparse.Namespace) -> int:
    chosen = [bundles.find(name) for name in args.operands] or bundles.installed()
    wrong = 0
    for bundle in chosen:
        try:
            install.verify(bundle)
        except BundleError as error:
            wrong += 1
            _output.warn(str(error))
        else:
            print(say("{id}: files, shapes and answers are as its card says", id=bundle.id))
    return 1 if wrong else 0


def _import(args: argparse.Namespace) -> int:
    source = Path(args.operands[0])
    if source.suffix.lower() == ".onnx":
        return _import_foreign(source, args)
    before = {bundle.id for bundle in bundles.installed()}
    bundle = install.import_(source)
    already = say(" already") if bundle.id in before else ""
    _output.say(
        say(
            "{title} is installed{already} as {id}.",
            title=bundle.card.title,
            already=already,
            id=bundle.id,
        )
    )
    return 0


def _import_foreign(model: Path, args: argparse.Namespace) -> int:
    from genredesk.inference.foreign import importing  # noqa: PLC0415 - imports onnx

    if not 0 <= args.sure <= 1:
        raise GenreDeskError(say("--sure {sure} is not between 0 and 1.", sure=args.sure))
    wanted = importing.Wanted(args.title, args.frontend, args.labels, args.task, args.sure)
    bundle = importing.import_model(model, args.heads, args.metadata, wanted)
    _output.say(importing.describe(bundle))
    if bundle.card.notes:
        _output.say(bundle.card.notes)
    return 0


def _get(args: argparse.Namespace) -> int:
    from genredesk.training.runs import published  # noqa: PLC0415 - imports torch

    with _progress.bar("downloading") as ctx:
        found = published.get(args.operands[0], args.source, ctx)
    for bundle in found:
        _output.say(
            say(
                "{title} is installed as {id}. {licence}.",
                title=bundle.card.title,
                id=bundle.id,
                licence=bundle.card.licence,
            )
        )
    return 0


def _export(args: argparse.Namespace) -> int:
    name, target = args.operands
    print(bundles.export(bundles.find(name), Path(target)))
    return 0


def _delete(args: argparse.Namespace) -> int:
    bundle = bundles.find(args.operands[0])
    trash.empty(trash.discard(bundle))
    _output.say(say("{title} is deleted.", title=bundle.card.title))
    return 0
