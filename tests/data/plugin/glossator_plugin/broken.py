"""A backend whose import fails."""

raise RuntimeError("this module was imported")
