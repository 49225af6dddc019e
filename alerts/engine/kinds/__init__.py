"""The types of rules, a file for each family. Pure."""
