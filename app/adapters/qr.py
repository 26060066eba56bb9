"""QR codes as SVG. The only importer of qrcode.

One path of merged horizontal runs keeps the drawing small and sharp in print; the quiet zone of
four modules belongs to it. What the code says is the caller's: an address with an opaque token.
"""

from __future__ import annotations

from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode


def qr_svg(text: str) -> str:
    """Draw the text as an SVG element without a size of its own."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    path = "".join(_row(y, row) for y, row in enumerate(matrix))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        'shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _row(y: int, row: list[bool]) -> str:
    parts = []
    x = 0
    for dark, run in groupby(bool(module) for module in row):
        length = len(list(run))
        if dark:
            parts.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return "".join(parts)
