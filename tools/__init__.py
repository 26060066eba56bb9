"""Commands of those who work on the house; the application never imports them."""
