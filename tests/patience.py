"""How long tests wait for what must come."""

from __future__ import annotations

# Much more than anything takes that is well, be the machine slow and busy. What must come soon is measured by itself.
PATIENCE_S = 60
