"""Certificates: their numbers, their states, and what anybody may verify about them.

Files are made and signed by the licence library behind an adapter; here are only rows and rules.
"""
