"""What performance claims are measured with: prints tables and JSON, and asserts nothing."""
