"""QR codes: of a text as a picture for letters, and as a drawing for pages."""

from __future__ import annotations

import struct
import zlib

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString

#: Pixels of a square in a picture, and squares of the white edge that readers ask for.
_PIXELS, _EDGE = 8, 4


def matrix_of(text: str) -> list[list[bool]]:
    """The squares of its QR code, with the white edge; True is black."""
    code = qrcode.QRCode(border=_EDGE)
    code.add_data(text)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


def png_of(text: str) -> bytes:
    """As a picture in black and white, one bit a pixel."""
    rows = []
    for squares in matrix_of(text):
        pixels = [not black for black in squares for _pixel in range(_PIXELS)]
        bits = "".join("1" if white else "0" for white in pixels).ljust(-(-len(pixels) // 8) * 8, "0")
        rows += [b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")] * _PIXELS
    size = len(rows)
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def svg_of(text: str, called: str) -> SafeString:
    """As a drawing that takes the room it is given; ``called`` is what it is to who cannot see it."""
    matrix = matrix_of(text)
    squares = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, black in enumerate(row) if black)
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<rect width="{0}" height="{0}" fill="white"/><path d="{2}" fill="black"/></svg>',
        len(matrix),
        called,
        squares,
    )
