"""Issuance records: one per certificate to be made, from ready to issued.

The order of steps and who takes them is drawn in the issuance process; here is which state may
follow which, and what each transition writes.
"""
