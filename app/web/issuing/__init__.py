"""The certificate pages of the offices: lists of issuance records and acts on many at once.

Every record is a command of its own to the engine, so that one that is refused holds up no other.
"""
