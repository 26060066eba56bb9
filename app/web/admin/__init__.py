"""Pages of the platform: the demo's clock and incidents."""
