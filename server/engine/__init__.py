"""All model work, in a process of its own on dask.distributed (design, section 4)."""
