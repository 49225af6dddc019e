"""Reports as clients read them, and as files (records §9). Pure."""
