"""Pages for everybody: home, publicity, verification, signing in."""
