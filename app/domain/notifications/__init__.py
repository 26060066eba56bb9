"""Notices to people: composed from templates, kept as rows, sent by the outbox."""
