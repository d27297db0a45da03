"""Where annotations come from, as documents: models as agents, and the records of runs."""

from __future__ import annotations

from ml_backends.types import BackendInfo, Drawn

from .links import Links
from .reading import Reading
from .shape import JSON
from .vocabulary import WEB_ANNOTATION


def agent(info: BackendInfo, links: Links) -> JSON:
    """A model as a W3C Software agent, with what its card tells."""
    told = {
        "@context": [WEB_ANNOTATION, links.context()],
        "id": links.model(info.name, info.version),
        "type": "Software",
        "name": f"{info.name} {info.version}",
        "homepage": info.homepage,
        "title": info.title,
        "labels": list(info.labels),
        "concepts": dict(info.concepts),
        "threshold": info.threshold,
        "scoreType": info.score_type,
        "weights": [{"name": file.name, "sha256": file.sha256} for file in info.weights],
        "licence": info.licence,
    }
    return {key: value for key, value in told.items() if value not in (None, [], {})}


def record(reading: Reading, links: Links) -> JSON:
    """The record of the run that made a reading."""
    recipe = reading.recipe
    return {
        "@context": [WEB_ANNOTATION, links.context()],
        "id": links.run(reading.revision),
        "type": "Run",
        "model": links.model(recipe.backend, recipe.version),
        "weights": recipe.weights,
        "parameters": dict(recipe.parameters),
        "inputs": list(reading.inputs),
        "digest": reading.digest,
        "width": reading.width,
        "height": reading.height,
        "started": reading.started,
        "ended": reading.ended,
        "device": reading.device,
        "software": reading.software,
        "findings": len(reading.findings),
        **({"maker": reading.maker} if reading.maker else {}),
        **({"pictures": drawn} if (drawn := _pictures(reading, links)) else {}),
    }


def _pictures(reading: Reading, links: Links) -> list[JSON]:
    """What the model drew. Where a picture can be seen depends on the manifest; its number is the same everywhere."""
    run = links.run(reading.revision)
    return [
        {"id": f"{run}#{n}", "type": "Image", "label": finding.label, "width": drawn.width, "height": drawn.height}
        for n, finding in enumerate(reading.findings)
        if isinstance(drawn := finding.picture, Drawn)
    ]
