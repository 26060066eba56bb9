"""What the engine is measured beside; each peer is a process of its own that answers rounds."""
