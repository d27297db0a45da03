"""How the JSON API shows things (design, section 6): more members may join, those that are here stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from iiif_store.links import Links
from iiif_store.source import Layer, Source
from iiif_store.stores.base import Job
from ml_backends.registry import Registry
from ml_backends.types import BackendUnavailable, UnknownBackend
from server.engine.jobs import Counts
from server.engine.types import LoadedBackend

JSON = dict[str, Any]


def source(row: Source, links: Links, registry: Registry) -> JSON:
    """`manifest` and `manifest_v2` are what a viewer loads, of a collection too."""
    mint = links.collection if row.kind == "collection" else links.manifest
    return {
        "id": row.id,
        "url": row.url,
        "kind": row.kind,
        "label": row.label,
        "manifest": mint(row.id, "3"),
        "manifest_v2": mint(row.id, "2"),
        "view": links.view(row.id),
        "layers": [_layer(row, layer, links, registry) for layer in row.layers],
        "repairs": list(row.repairs),
        "annotations": links.download(row.id),
        "policy": row.policy,
        "effective_policy": row.effective_policy,
        "refusal": row.refusal,
        "canvases": row.canvases,
        "added": row.added,
        "fetched": row.fetched,
    }


def _layer(row: Source, layer: Layer, links: Links, registry: Registry) -> JSON:
    try:
        version = layer.version or registry.info(layer.backend).version
    except (UnknownBackend, BackendUnavailable):
        version = None
    collection = links.layer(row.id, layer.name) if row.kind == "manifest" else None
    return {"name": layer.name, "backend": layer.backend, "version": version, "collection": collection}


def job(row: Job, links: Links, counts: Counts | None) -> JSON:
    """With how far it is; no counts where they cannot be counted any more."""
    return job_record(row, links) | {"counts": asdict(counts) if counts else None}


def job_record(row: Job, links: Links) -> JSON:
    """As stored, without counts, which have to be counted."""
    own = links.job(row.id)
    record = {
        name: getattr(row, name) for name in ("id", "state", "sources", "backends", "created", "ended", "message")
    }
    return record | {"url": own, "events": f"{own}/events"}


def backend(name: str, registry: Registry, loaded: Sequence[LoadedBackend]) -> JSON:
    """One that cannot be used here says in `problem` what to do."""
    row: JSON = {"name": name, "version": None, "versions": [], "loaded": [], "labels": [], "parameters": {}}
    row["problem"] = registry.problem(name)
    try:
        info = registry.info(name)
    except BackendUnavailable:
        return row
    told = ("version", "title", "labels", "motivations", "threshold", "score_type", "max_edge", "licence", "homepage")
    row |= {key: getattr(info, key) for key in told}
    row |= {"parameters": dict(info.parameters), "versions": registry.versions(name)}
    row["loaded"] = [_loaded(one) for one in loaded if one.name == name]
    return row


def _loaded(one: LoadedBackend) -> Mapping[str, Any]:
    return {name: getattr(one, name) for name in ("version", "device", "predicted", "failed", "seconds")}
