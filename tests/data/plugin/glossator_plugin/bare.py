"""A backend without a JSON file."""

raise RuntimeError("this module was imported")
