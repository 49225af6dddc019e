"""The edge of the HTTP API: parameters in, envelope out, errors to JSON."""
