"""Vorbis comments in FLAC and Ogg (Vorbis, Opus, FLAC, Speex): one ``GENRE=`` line for each genre.

The other comments keep their bytes, whatever they are, and their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.ogg import OggPage
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from genredesk.library.organize.tagging import Parts, Splice, TagError, id3

_DAMAGED = "its comments are damaged"
VENDOR = b"GenreDesk"


@dataclass(frozen=True, slots=True)
class Comments:
    """A comment block: ``lines`` raw, and what follows them (a framing bit, padding)."""

    vendor: bytes
    lines: tuple[bytes, ...]
    tail: bytes = b""

    @property
    def rest(self) -> tuple[tuple[str, bytes], ...]:
        """Everything but the genre."""
        return (("", self.vendor), *(("", line) for line in self.lines if not _is_genre(line)))


def read(data: bytes) -> Comments:
    """Take a comment block apart.

    Raises
    ------
    TagError
        When its lengths do not fit.
    """
    at = 0

    def field() -> bytes:
        nonlocal at
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        if at + 4 > len(data) or end > len(data):
            raise TagError(_DAMAGED)
        found = data[at + 4 : end]
        at = end
        return found

    vendor = field()
    count = int.from_bytes(data[at : at + 4], "little")
    if at + 4 > len(data) or count > len(data) // 4:
        raise TagError(_DAMAGED)
    at += 4
    lines = tuple(field() for _ in range(count))
    return Comments(vendor, lines, data[at:])


def render(old: Comments, genres: Sequence[str]) -> bytes:
    """Return the block with these genres, without what followed it."""
    lines = [line for line in old.lines if not _is_genre(line)]
    place = next((i for i, line in enumerate(old.lines) if _is_genre(line)), len(lines))
    lines[place:place] = [b"GENRE=" + genre.encode() for genre in genres]
    out = len(old.vendor).to_bytes(4, "little") + old.vendor + len(lines).to_bytes(4, "little")
    return out + b"".join(len(line).to_bytes(4, "little") + line for line in lines)


def _is_genre(line: bytes) -> bool:
    return line[:6].upper() == b"GENRE="


# ---------------------------------------------------------------- FLAC

_COMMENT, _PADDING = 4, 1


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    start: int
    """Of its four bytes of header."""
    data: bytes


def _blocks(file: BinaryIO) -> tuple[int, list[_Block], int]:
    """Return where FLAC begins (behind an ID3 tag), its blocks of metadata, and where they end."""
    tag = id3.read(file, 0)
    at = start = tag.length if tag else 0
    file.seek(start)
    if file.read(4) != b"fLaC":
        raise TagError("its FLAC header is damaged")
    at += 4
    found: list[_Block] = []
    while True:
        file.seek(at)
        head = file.read(4)
        length = int.from_bytes(head[1:], "big")
        data = file.read(length)
        if len(head) < 4 or len(data) < length or len(found) > 1000:
            raise TagError("its FLAC header is damaged")
        found.append(_Block(head[0] & 0x7F, at, data))
        at += 4 + length
        if head[0] & 0x80:
            return start, found, at


def flac_splices(file: BinaryIO, size: int, genres: Sequence[str]) -> list[Splice]:  # noqa: ARG001
    """Return what changes in a FLAC file; padding gives and takes what is possible."""
    _, blocks, end = _blocks(file)
    own = [block for block in blocks if block.kind == _COMMENT]
    if len(own) > 1:
        raise TagError("it has two blocks of comments")
    old = read(own[0].data) if own else Comments(VENDOR, ())
    new = render(old, genres) + old.tail
    out = [(b.kind, new if b in own else b.data) for b in blocks]
    if not own:
        out.insert(1, (_COMMENT, new))
    grown = 4 * (not own) + len(new) - (len(own[0].data) if own else 0)
    for index, (kind, data) in enumerate(out):
        if kind == _PADDING and len(data) >= grown:
            out[index] = (kind, b"\0" * (len(data) - grown))
            break
    if any(len(data) >= 1 << 24 for _, data in out):
        raise TagError("its comments would become too large")
    last = len(out) - 1
    raw = b"".join(
        bytes((kind | (0x80 if index == last else 0),)) + len(data).to_bytes(3, "big") + data
        for index, (kind, data) in enumerate(out)
    )
    return [Splice(blocks[0].start, end, raw)]


def flac_parts(file: BinaryIO, size: int) -> Parts:
    """Return a FLAC file without its genre."""
    start, blocks, end = _blocks(file)
    rest: list[tuple[str, bytes]] = []
    for block in blocks:
        if block.kind == _COMMENT:
            found = read(block.data)
            is_new = found.vendor == VENDOR and len(found.rest) == 1
            rest += () if is_new else found.rest
        elif block.kind != _PADDING:
            rest.append((str(block.kind), block.data))
    return Parts(tuple(rest), ((0, start), (end, size - end)))


# ---------------------------------------------------------------- Ogg

_CODECS: tuple[tuple[bytes, bytes, Callable[[Any], Any]], ...] = (
    (b"\x01vorbis", b"\x03vorbis", OggVorbis),
    (b"OpusHead", b"OpusTags", OggOpus),
    (b"\x7fFLAC", b"", OggFLAC),
    (b"Speex   ", b"", OggSpeex),
)


def _codec(page: OggPage) -> tuple[bytes, Callable[[Any], Any]] | None:
    for mark, head, kind in _CODECS:
        if page.packets and page.packets[0].startswith(mark):
            return head, kind
    return None


def _pages(file: BinaryIO) -> Iterator[OggPage]:
    file.seek(0)
    while True:
        try:
            yield OggPage(file)
        except EOFError:
            return


def _comments(file: BinaryIO) -> tuple[Comments, bytes, Callable[[Any], Any], int]:
    """Return the comments of the first sound, what stands before them, its kind and its stream."""
    serial, pages = None, []
    head: bytes = b""
    kind: Callable[[Any], Any] = OggVorbis
    for page in _pages(file):
        if serial is None:
            if (found := _codec(page)) is not None:
                serial, (head, kind) = page.serial, found
            elif not page.first:
                break
        elif page.serial == serial:
            pages.append(page)
            if page.complete or len(page.packets) > 1:
                packet = OggPage.to_packets(pages, strict=False)[0]
                if kind is OggFLAC:
                    head = packet[:4]
                if not packet.startswith(head):
                    raise TagError(_DAMAGED)
                return read(packet[len(head) :]), head, kind, serial
    raise TagError("it holds no sound whose tags are known")


def ogg_save(file: BinaryIO, genres: Sequence[str]) -> None:
    """Write genres into a copy: mutagen deals the comments out to pages and numbers them anew."""
    try:
        old, _, kind, _ = _comments(file)
        new = render(old, genres)
        file.seek(0)
        audio = kind(file)
        # mutagen would write what it understood of the comments; these are the very bytes.
        audio.tags.write = lambda framing=True: new + (b"\x01" if framing else b"")
        file.seek(0)
        audio.save(file)
    except MutagenError as error:
        raise TagError(_DAMAGED) from error


def ogg_rest(file: BinaryIO) -> tuple[tuple[str, bytes], ...]:
    """Return every comment but the genre."""
    try:
        return _comments(file)[0].rest
    except MutagenError as error:
        raise TagError(_DAMAGED) from error


def ogg_sound(file: BinaryIO) -> Iterator[bytes]:
    """Give everything in the pages but the comments and the padding behind them, in order.

    The headers of pages are not given: they count pages and carry check sums.
    """
    try:
        *_, serial = _comments(file)
        number = 0  # of the packet that the page begins with or goes on with
        for page in _pages(file):
            if page.serial != serial or number > 1:
                yield from page.packets
                continue
            for index, packet in enumerate(page.packets):
                if number != 1:
                    yield packet
                if index < len(page.packets) - 1 or page.complete:
                    number += 1
    except MutagenError as error:
        raise TagError("its Ogg pages are damaged") from error
