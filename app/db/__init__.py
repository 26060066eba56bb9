"""The bottom of the house: declarative base, column types, encryption, the unit of work, leases."""
