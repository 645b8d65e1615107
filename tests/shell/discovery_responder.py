"""Devices of every kind on one multicast group: `python -m tests.shell.discovery_responder`.

Started as the shell of a network of its own (see `test_discovery.py`). It prints a line when it
listens, and answers each Probe with junk, a flood, and the answers of two devices: one whose
address nobody listens at, and one that answers like a web server that knows no SOAP.
"""

from __future__ import annotations

import re
import socket
import threading

GROUP, PORT = "239.255.255.250", 3702
_MESSAGE_ID = re.compile(rb"MessageID>([^<]*)<")
_ANSWER = (
    "<e:Envelope xmlns:e='urn:e'><e:Header><RelatesTo>%s</RelatesTo></e:Header><e:Body>"
    "<ProbeMatches><ProbeMatch><EndpointReference><Address>%s</Address></EndpointReference>"
    "<Types>dn:NetworkVideoTransmitter</Types><XAddrs>%s</XAddrs></ProbeMatch></ProbeMatches>"
    "</e:Body></e:Envelope>"
)


def answers(message_id: str, web_port: int) -> list[bytes]:
    texts = [
        "HTTP/1.1 200 OK",
        "<a>" * 30,
        "x" * 60_000,
        _ANSWER % ("urn:uuid:another", "urn:uuid:z", "http://127.0.0.1:1/z"),
        _ANSWER % (message_id, "urn:uuid:a", "http://169.254.1.1:1/onvif/a"),
        _ANSWER % (message_id, "urn:uuid:b", f"http://10.0.0.9:{web_port}/onvif/b"),
    ]
    return [text.encode() for text in texts]


def _serve_web(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def main() -> None:
    web = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve_web, args=(web,), daemon=True).start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as group:
        group.bind((GROUP, PORT))
        member = socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
        group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        print("listening", flush=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
            while True:
                question, asker = group.recvfrom(65_536)
                found = _MESSAGE_ID.search(question)
                if found is None:
                    continue
                for answer in answers(found[1].decode(), web.getsockname()[1]):
                    speaker.sendto(answer, asker)


if __name__ == "__main__":
    main()
