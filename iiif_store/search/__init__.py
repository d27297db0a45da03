"""Searching in text as old prints have it: folding, questions, where a text answers them, and IIIF Content Search."""
