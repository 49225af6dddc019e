"""Files of tracks and reports, written while these are read: no more than a line is held at once. Pure."""
