"""The one keyring of all tests, in this process and in those that tests start.

Sealed rows of one test stay readable for the next, whatever houses were opened between them.
"""

from __future__ import annotations

import json

from app.db.keys import Keyring

RING = Keyring({1: bytes(32)}, bytes(32))
SETTING = json.dumps(
    {
        "secret_key": "tests",
        "field_keys": {str(version): key.hex() for version, key in RING.keys.items()},
        "index_key": RING.index_key.hex(),
    }
)
