"""Channels to the outside: PDF, seals and signatures, QR codes, files, short messages.

Each channel is a protocol with a real implementation and an in-memory fake; the same conformance
tests check both. Nothing here knows a case or a database.
"""
