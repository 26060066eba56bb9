"""The two-inch photo of decision D12: type, size, shape and a plain background.

The shape and size are refused at once; a background that looks uneven is told, because an officer
may confirm it with a reason. Who the photo shows is not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, ImageStat

from app.forms.wording import say

FORMATS = ("JPEG", "PNG")
MOST_BYTES = 512 * 1024
MOST_PIXELS = 25_000_000
RATIO, TOLERANCE = 35 / 45, 0.02
LEAST_WIDTH, LEAST_HEIGHT = 295, 379
# Strips where no head is: left and right beside the upper 60 %, and the top edge.
SIDE, UPPER, TOP = 0.08, 0.60, 0.05
MOST_DEVIATION, MOST_DIFFERENCE = 18.0, 25.0

TYPE, SIZE = "photo.type", "photo.size"
SHAPE, BACKGROUND = "photo.shape", "photo.background"


@dataclass(frozen=True)
class PhotoProblem:
    """One failed check and the sentence for it."""

    check: str
    message: str

    @property
    def is_confirmable(self) -> bool:
        """Tell whether an officer may confirm the photo nevertheless."""
        return self.check == BACKGROUND


def check_photo(data: bytes) -> list[PhotoProblem]:
    """Return what is wrong with a photo; empty when it can be used."""
    image = opened(data)
    if image is None:
        return [_problem(TYPE)]
    found = [_problem(SIZE)] if len(data) > MOST_BYTES else []
    if not _has_shape(image):
        found.append(_problem(SHAPE))
    if not _has_plain_background(image):
        found.append(_problem(BACKGROUND))
    return found


def opened(data: bytes) -> Image.Image | None:
    """Return the decoded upright image, or None when it is no harmless JPEG or PNG."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.load()
            return ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, TypeError, KeyError):
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _problem(check: str) -> PhotoProblem:
    return PhotoProblem(check, say(check))


def _has_shape(image: Image.Image) -> bool:
    if image.width < LEAST_WIDTH or image.height < LEAST_HEIGHT:
        return False
    return abs(image.width / image.height / RATIO - 1) <= TOLERANCE


def _has_plain_background(image: Image.Image) -> bool:
    width, height = image.size
    side, upper, top = max(1, int(width * SIDE)), int(height * UPPER), max(1, int(height * TOP))
    flat = Image.new("RGB", image.size, "white")
    transparent = image.convert("RGBA")
    flat.paste(transparent, mask=transparent.getchannel("A"))
    boxes = ((0, 0, side, upper), (width - side, 0, width, upper), (0, 0, width, top))
    strips = [ImageStat.Stat(flat.crop(box)) for box in boxes if box[3] > 0]
    if any(deviation > MOST_DEVIATION for strip in strips for deviation in strip.stddev):
        return False
    means = [strip.mean for strip in strips]
    return all(
        max(channel) - min(channel) <= MOST_DIFFERENCE for channel in zip(*means, strict=True)
    )
