"""Pages, probes and metrics."""
