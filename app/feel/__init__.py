"""FEEL expressions: evaluation in batches, unary tests, analysis of names, limits.

The interpreter lives in a V8 isolate (`isolate`); `language` is what the rest of the house calls.
Unknown names are null as FEEL says, mistakes of syntax and comparisons of unlike types are errors.
"""

from app.feel.errors import FeelError, FeelSyntaxError, Place
from app.feel.language import BUNDLE, Analysis, Feel, shared

__all__ = ["BUNDLE", "Analysis", "Feel", "FeelError", "FeelSyntaxError", "Place", "shared"]
