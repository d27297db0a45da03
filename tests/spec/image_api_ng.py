"""Runs iiif-validator-ng against one image and prints what failed, one JSON object per line, then how many passed.

    python -m tests.spec.image_api_ng BASE ID {2,3}

The package's own runner needs Python 3.12; its tests do not. Which of them apply is decided as it does.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from iiif_validator.tests.http_caching import HttpCachingTest
from iiif_validator.tests.test import IIIFVersion, ServerFeatures, TargetServer, TestCategory, get_tests


def applies(test: Any, features: ServerFeatures) -> bool:
    """Whether the level or an extra of the server promises it."""
    if test is HttpCachingTest:
        return bool(features.supports_caching)
    level = test.compliance_level
    if (level[features.version] if isinstance(level, dict) else level) <= features.compliance_level:
        return True
    names = {test.extra_name} if isinstance(test.extra_name, str) else set(test.extra_name or ())
    extras = {TestCategory.FORMAT: features.extra_formats, TestCategory.QUALITY: features.extra_qualities}
    return bool(names & {*extras.get(test.category, ()), *features.extra_features})


def results(test: Any, server: TargetServer) -> list[dict[str, Any]]:
    name = test.__module__.rpartition(".")[2]
    try:
        found = test.run(server)
    except Exception as error:  # noqa: BLE001 - whatever a test raises is a failure
        return [{"test": name, "success": False, "details": repr(error)}]
    return [
        {"test": name, "success": one.success, "details": f"{one.details} {getattr(one, 'received', '')}"}
        for one in (found if isinstance(found, list) else [found])
    ]


def main(base: str, image: str, version: str) -> None:
    server = TargetServer(base, image, IIIFVersion.V2 if version == "2" else IIIFVersion.V3)
    features = server.feature_set()
    told = [one for test in get_tests(server.version) if applies(test, features) for one in results(test, server)]
    for one in told:
        if not one["success"]:
            print(json.dumps(one))
    print(json.dumps({"level": features.compliance_level.name, "passed": sum(one["success"] for one in told)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
