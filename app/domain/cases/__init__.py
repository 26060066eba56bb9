"""Cases: one row per procedure of a person or unit, its number, state and reviews.

The path through a procedure is the process instance's; the case carries what people quote and see.
"""
