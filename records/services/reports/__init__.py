"""Reports: asked for, made, scheduled, and sent (records §9)."""
