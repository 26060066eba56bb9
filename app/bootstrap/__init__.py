"""Putting the house together: the only place that knows every part."""

from app.bootstrap.house import (
    Adapters,
    House,
    InstallationClock,
    build,
    build_tools,
    local_adapters,
)

__all__ = ["Adapters", "House", "InstallationClock", "build", "build_tools", "local_adapters"]
