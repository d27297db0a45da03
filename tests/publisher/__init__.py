"""A IIIF publisher on loopback: real pages, a real Image API, manifests of any length, and every way to misbehave.

In a test take the fixture `publisher`. On its own: `python -m tests.publisher --port 8182 --pages DIR --latency 0.05`.

    /iiif/{2,3}/<book>/manifest        a manifest of all pages; <book>-<n>: of n canvases, the pages over and over,
                                       each under an image id of its own
        ?service=3|2|1|limited-2|limited-3|level0-2|level0-3|tiles-2|tiles-3|plain   what they are (default 2 or 3)
        ?images=<fault>                the images misbehave, the manifest does not
        ?canvas=2                      canvases of twice the pixels
    /iiif/{2,3}/collection?books=a,b-7
    /image/<service>/<page>/info.json and /<region>/<size>/<rotation>/<quality>.<format>
    /plain/<page>.jpg                  the file
    /<fault>/...                       the same, misbehaving (faults.py)
    /control/counts, /control/reset    for another process
"""

from .server import Publisher, Request

__all__ = ["Publisher", "Request"]
