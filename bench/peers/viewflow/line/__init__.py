"""The procedure as a Django application."""
