"""Files that people handed in: the row with owner, material and hash; the bytes are in storage."""
