"""Publicity: what is shown to the public, for how long, and the objections against it.

The length in days and its end come from the deadlines; the gate in front of a submission is a
decision over `facts`.
"""
