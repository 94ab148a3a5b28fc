"""What a program makes of the chat's WebSocket with the library `websockets`. Arguments: host and port, a cookie."""

import json
import sys

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

host, cookie = sys.argv[1:]
headers = {"Cookie": cookie}


def open_socket(query="", **options):
    return connect(f"ws://{host}/socket{query}", additional_headers=headers, **options)


def answer(socket, tag):
    events = []
    while True:
        told = json.loads(socket.recv(timeout=20))
        if "event" not in told:
            assert told["tag"] == tag, told
            return told, events
        events.append(told)


def close_code(socket):
    try:
        while True:
            socket.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def post(socket, text, **more):
    socket.send(json.dumps({"do": "post", "tag": text, "room": 0, "message": text, **more}))
    told, _ = answer(socket, text)
    assert told["status"] == 201, told
    return told["data"]["id"]


def refused(**options):
    try:
        connect(f"ws://{host}/socket", **options)
    except InvalidStatus as refusal:
        return refusal.response.status_code


with open_socket() as socket:
    assert socket.ping().wait(timeout=20), "a pong"
    first = post(socket, "from Python \N{SNAKE}", nonce="python")
    assert post(socket, "from Python \N{SNAKE}", nonce="python") == first
    # One message in several frames.
    text = json.dumps({"do": "post", "tag": 2, "message": "in \N{LATIN SMALL LETTER U WITH DIAERESIS} pieces"})
    socket.send(text[index : index + 7] for index in range(0, len(text), 7))
    second, _ = answer(socket, 2)
    assert second["status"] == 201, second
    socket.send(json.dumps({"do": "post", "tag": 3, "message": "x" * 60_000}))
    assert answer(socket, 3)[0]["status"] in (413, 422)
    socket.send("not JSON")
    assert json.loads(next(text for text in socket if "event" not in json.loads(text)))["status"] == 400
with open_socket(f"?after={first}") as socket:
    missed = json.loads(socket.recv(timeout=20))
    assert (missed["event"], missed["id"]) == ("message", second["data"]["id"]), missed
    socket.close()
    assert close_code(socket) == 1000
with open_socket() as socket:
    socket.send(b"\x00\x01")
    assert close_code(socket) == 1003
with open_socket() as socket:
    socket.send(" " * (64 * 1024 + 1))
    assert close_code(socket) == 1009
assert refused() == 401
assert refused(additional_headers=headers, origin="http://elsewhere.example") == 403
with open_socket(origin=f"http://{host}") as socket:
    post(socket, "from our own page")
