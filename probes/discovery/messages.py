"""The question that finds devices (WS-Discovery of April 2005, section 5.2; ONVIF Core section
7.3). No I/O."""

from __future__ import annotations

from lxml import etree

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_MUST = {f"{{{_SOAP}}}mustUnderstand": "true"}

# What cameras answer to: the older name, which all of them know, and that of every ONVIF device,
# which some recorders answer alone.
TYPES = (
    ("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),
    ("http://www.onvif.org/ver10/device/wsdl", "Device"),
)


def probe(message_id: str, namespace: str, name: str) -> bytes:
    """A Probe for devices of one type; `message_id` is a URI of its own."""
    names = {"e": _SOAP, "w": _ADDRESSING, "d": _DISCOVERY, "dn": namespace}
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap=names)
    header = etree.SubElement(envelope, f"{{{_SOAP}}}Header")
    etree.SubElement(header, f"{{{_ADDRESSING}}}MessageID").text = message_id
    to = etree.SubElement(header, f"{{{_ADDRESSING}}}To", _MUST)
    to.text = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
    action = etree.SubElement(header, f"{{{_ADDRESSING}}}Action", _MUST)
    action.text = f"{_DISCOVERY}/Probe"
    body = etree.SubElement(envelope, f"{{{_SOAP}}}Body")
    question = etree.SubElement(body, f"{{{_DISCOVERY}}}Probe")
    etree.SubElement(question, f"{{{_DISCOVERY}}}Types").text = f"dn:{name}"
    written: bytes = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return written
