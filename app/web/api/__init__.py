"""The JSON interface beside the pages."""
