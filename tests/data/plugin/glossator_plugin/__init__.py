"""Nobody imports this package to list its backends."""
