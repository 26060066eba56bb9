"""What a drawing is made of, for those who show or count it and never run it."""

from app.engine.spiff import Definition, Element, Flow, Lane

__all__ = ["Definition", "Element", "Flow", "Lane"]
