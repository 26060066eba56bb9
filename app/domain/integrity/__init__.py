"""Integrity: reports of misconduct, kept until somebody opens a file about them."""
