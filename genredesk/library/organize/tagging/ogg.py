"""Vorbis comments in Ogg (Vorbis, Opus, FLAC, Speex, Theora): every link of a chain, page by page.

A file may be several joined ones, each with comments of its own (a *link*); the first sound of each
gets the genres, its other streams only where they name one. Where comments need another number of
pages, the later pages of their stream are counted anew. Source: RFC 3533; RFC 5334 for the marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from mutagen import MutagenError
from mutagen.ogg import OggPage

from genredesk.core.messages import mark, say
from genredesk.library.organize.tagging import Parts, Splice, TagError, vorbis
from genredesk.library.organize.tagging.vorbis import Comments

_DAMAGED = mark("its Ogg pages are damaged")
_MARKS = (
    (b"\x01vorbis", b"\x03vorbis"), (b"OpusHead", b"OpusTags"), (b"\x7fFLAC", b""),
    (b"Speex   ", b""), (b"\x80theora", b"\x81theora"),
)  # fmt: skip
_FLAC, _VIDEO = b"\x7fFLAC", b"\x80theora"
_NUMBER = slice(18, 26)
"""Where a page's number and its check sum stand."""
_LARGEST_PAGE = 30_000


@dataclass(slots=True)
class _Stream:
    """One stream of a link while its pages come by."""

    mark: bytes
    head: bytes
    """What stands before the comments in their packet."""
    leads: bool
    """It is the first sound of its link."""
    header: list[OggPage] = field(default_factory=list)
    """Pages with the comments, from the one they begin on to the one they end on."""
    comments: Comments | None = None
    number: int = 0
    """Of the packet that the next page begins with or goes on with."""
    moved: int = 0
    """By how much the numbers of its later pages change."""


def _pages(file: BinaryIO) -> Iterator[OggPage]:
    """Give whole pages; what cannot be read as one ends them."""
    file.seek(0)
    while True:
        try:
            yield OggPage(file)
        except (EOFError, MutagenError):
            return


def _span(page: OggPage) -> tuple[int, int]:
    """Return where a page that was read begins and ends."""
    start = page.offset or 0
    return start, start + page.size


def _streams(file: BinaryIO) -> Iterator[tuple[OggPage, _Stream | None]]:
    """Give every page and the stream it belongs to, if that has comments that are known.

    A stream's ``comments`` are set with the page that completes them.
    """
    streams: dict[int, _Stream] = {}
    is_head = has_lead = False  # among the first pages of a link; its first sound was found
    for page in _pages(file):
        if page.first:
            has_lead = has_lead and is_head
            streams = streams if is_head else {}
            for mark, head in _MARKS:
                if page.packets and page.packets[0].startswith(mark):
                    leads = not has_lead and mark != _VIDEO
                    has_lead = has_lead or leads
                    streams[page.serial] = _Stream(mark, head, leads)
        is_head = page.first
        stream = streams.get(page.serial)
        if stream is not None and not page.first and stream.comments is None:
            stream.header.append(page)
            if page.complete or len(page.packets) > 1:
                _read_comments(stream)
        yield page, stream


def _read_comments(stream: _Stream) -> None:
    try:
        packet = OggPage.to_packets(stream.header, strict=False)[0]
    except (ValueError, IndexError) as error:
        raise TagError(say(_DAMAGED)) from error
    if stream.mark == _FLAC:
        stream.head = packet[:4]
    if not packet.startswith(stream.head):
        raise TagError(say("its comments are damaged"))
    stream.comments = vorbis.read(packet[len(stream.head) :])


def check(file: BinaryIO) -> None:
    """Look at the first comments only.

    Raises
    ------
    TagError
        When there are none that can be changed.
    """
    for _, stream in _streams(file):
        if stream is not None and stream.leads and stream.comments is not None:
            for page in stream.header:
                _check_sum(file, page)
            return
    raise TagError(say("it holds no sound whose tags are known"))


def splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:
    """Return what changes: the pages with comments, and the numbers of those behind them."""
    changes: list[Splice] = []
    has_sound = has_moved = False
    end = 0
    for page, stream in _streams(file):
        start, end = _span(page)
        if stream is None:
            continue
        if stream.moved:
            _check_sum(file, page)
            page.sequence += stream.moved
            changes.append(Splice(start + 18, start + 26, page.write()[_NUMBER]))
        elif stream.header and stream.header[-1] is page and stream.comments is not None:
            if stream.leads or vorbis.has_genre(stream.comments):
                for old in stream.header:
                    _check_sum(file, old)
                changes += _rewritten(stream, genres)
            has_sound = has_sound or stream.leads
            has_moved = has_moved or bool(stream.moved)
    if not has_sound:
        raise TagError(say("it holds no sound whose tags are known"))
    if has_moved and end < size:
        raise TagError(say(_DAMAGED))  # pages behind the damage could not be counted anew
    return changes


def _check_sum(file: BinaryIO, page: OggPage) -> None:
    """Refuse a damaged page: with a new check sum it would pass for a whole one."""
    at = file.tell()
    start, end = _span(page)
    file.seek(start)
    is_whole = file.read(end - start) == page.write()
    file.seek(at)
    if not is_whole:
        raise TagError(say(_DAMAGED))


def _rewritten(stream: _Stream, genres: Sequence[str]) -> list[Splice]:
    """Return a stream's pages with the new comments, and note by how much the later ones move."""
    old = stream.header
    packets = OggPage.to_packets(old, strict=False)
    assert stream.comments is not None  # noqa: S101 - the caller saw them
    packets[0] = _packet(stream, len(packets[0]), genres)
    largest = min(max(4096, *(page.size for page in old)), _LARGEST_PAGE)
    new = OggPage.from_packets(packets, old[0].sequence, default_size=largest)
    for page in new:
        page.serial = old[0].serial
    new[0].continued = old[0].continued
    new[-1].last, new[-1].complete = old[-1].last, old[-1].complete
    new[-1].position = old[-1].position
    stream.moved = len(new) - len(old)
    # Pages of other streams may stand between the old ones and stay where they are.
    out = [Splice(*_span(page), b"") for page in old[:-1]]
    return [*out, Splice(*_span(old[-1]), b"".join(page.write() for page in new))]


def _packet(stream: _Stream, length: int, genres: Sequence[str]) -> bytes:
    """Return the packet of comments; the zeros behind them give and take what is possible."""
    old = stream.comments
    assert old is not None  # noqa: S101 - the caller saw them
    body, head = vorbis.render(old, genres), stream.head
    tail = old.tail.rstrip(b"\0")
    fill = length - len(head) - len(body) - len(tail)
    if len(tail) == len(old.tail) or fill < 0:
        fill = 0
    body += tail + b"\0" * fill
    if stream.mark != _FLAC:
        return head + body
    if len(body) >= 1 << 24:
        raise TagError(say("its comments would become too large"))
    return head[:1] + len(body).to_bytes(3, "big") + body


def parts(file: BinaryIO, size: int) -> Parts:
    """Return every comment but the genres, and what stands behind the last whole page."""
    rest: list[tuple[str, bytes]] = []
    end = 0
    for page, stream in _streams(file):
        _, end = _span(page)
        if stream is not None and stream.header and stream.header[-1] is page:
            rest += stream.comments.rest if stream.comments else ()
    return Parts(tuple(rest), ((end, size - end),))


def sound(file: BinaryIO) -> Iterator[bytes]:
    """Give everything in the pages but comments, in order.

    The headers of pages are not given: they count pages and carry check sums.
    """
    for page, stream in _streams(file):
        if stream is None or stream.number > 1:
            yield from page.packets
            continue
        for index, packet in enumerate(page.packets):
            if stream.number != 1:
                yield packet
            if index < len(page.packets) - 1 or page.complete:
                stream.number += 1
