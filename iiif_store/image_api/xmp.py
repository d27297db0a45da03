"""The XMP packet of a picture that leaves here: how it came about, whose it is, under which terms.

IPTC Photo Metadata Standard, property Digital Source Type, with the terms of IPTC NewsCodes.
"""

from __future__ import annotations

import struct
import zlib
from xml.sax.saxutils import escape, quoteattr

from iiif_store.stores.images import ImageRecord

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_PNG_HEADER = 33
"""Bytes of the signature and the IHDR chunk."""

_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}


def packet(record: ImageRecord) -> bytes | None:
    """The packet; None where the record tells nothing."""
    plain = {
        "Iptc4xmpExt:DigitalSourceType": record.digital_source_type and SOURCE_TYPES + record.digital_source_type,
        "photoshop:Credit": record.attribution,
        "xmpRights:WebStatement": record.rights,
    }
    told = "".join(f" {name}={quoteattr(_printable(value))}" for name, value in plain.items() if value)
    title = f"<dc:title>{_alternatives(record.label)}</dc:title>" if record.label else ""
    rights = f"<dc:rights>{_alternatives(record.attribution)}</dc:rights>" if record.attribution else ""
    if not (told or title):
        return None
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{spaces}{told}>{title}{rights}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def in_png(picture: bytes, packet: bytes) -> bytes:
    """A PNG with the packet where XMP wants it, in an iTXt chunk (XMP, part 3, section 1.1.5), behind the header.

    libvips would put it into a zTXt chunk, where few look for it.
    """
    body = b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return picture[:_PNG_HEADER] + chunk + picture[_PNG_HEADER:]


def _alternatives(text: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(_printable(text))}</rdf:li></rdf:Alt>'


def _printable(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(character for character in text if character >= " " or character in "\t\n")
