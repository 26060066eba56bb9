"""Putting running instances on a newer bundle of their procedure: planned, approved, revertible.

`planning` gives each instance its verdict in plain words and writes nothing; `moving` carries one
out under its lock, `reverting` takes it back from the stored snapshot; `launching` is what two
administrators decide on.
"""
