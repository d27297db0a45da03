"""Folders of scans that become books: what is in them, their pictures, their manifest."""
