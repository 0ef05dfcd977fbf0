import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from slasync.sandbox.connection import Limits
from slasync.sandbox.http import Request, Reset, Response, TimedOut, json_response
from slasync.sandbox.server import Server
from slasync.sandbox.time import system_now
from slasync.sandbox.tls import throw_away


def echo(request: Request) -> Response:
    shown = {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": request.body.decode(),
    }
    return json_response(200, shown, (("Sforce-Limit-Info", "api-usage=1/2"),))


def silent(_: Request) -> Response:
    raise TimedOut


def cut(_: Request) -> Response:
    raise Reset


def exchange(server: Server, sent: bytes) -> bytes:
    """Send bytes and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as wire:
        wire.sendall(sent)
        return b"".join(iter(lambda: wire.recv(65_536), b""))


def test_the_handle_sees_the_whole_request() -> None:
    with Server(echo) as server, httpx.Client() as client:
        answer = client.patch(f"{server.url}/a%20b/c?x=1", content=b"hi", headers={"If-X": "y"})

    shown = answer.json()
    assert shown["method"] == "PATCH"
    assert shown["url"] == f"{server.url}/a%20b/c?x=1"
    assert shown["body"] == "hi"
    assert shown["headers"]["If-X"] == "y"


def test_header_names_keep_the_case_in_which_the_vendor_writes_them() -> None:
    with Server(echo) as server:
        answer = exchange(server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert b"\r\nSforce-Limit-Info: api-usage=1/2\r\n" in answer


def test_a_long_answer_goes_out_compressed_where_the_client_takes_that() -> None:
    def parts(request: Request) -> Response:
        return Response(206 if request.header("Range") else 200, (), b"a" * 2_000)

    plain = {"Accept-Encoding": "identity"}
    with Server(parts) as server, httpx.Client(base_url=server.url) as client:
        packed, whole = client.get("/"), client.get("/", headers=plain)
        part = client.get("/", headers={"Range": "bytes=0-1999"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < 100
    assert not {"content-encoding"} & (set(whole.headers) | set(part.headers))
    assert packed.content == whole.content == part.content == b"a" * 2_000


def test_one_connection_serves_many_requests() -> None:
    with Server(echo) as server, httpx.Client() as client:
        clients = {client.get(server.url).extensions["network_stream"] for _ in range(3)}

    assert len(clients) == 1


def test_a_body_in_chunks_arrives_whole() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    with Server(echo) as server, httpx.Client() as client:
        answer = client.post(server.url, content=chunks())

    assert answer.json()["body"] == "one two"


def test_a_body_above_the_cap_is_refused() -> None:
    with Server(echo, limits=Limits(body=10)) as server, httpx.Client() as client:
        sized = client.post(server.url, content=b"x" * 11)
        chunked = client.post(server.url, content=iter([b"x" * 6, b"x" * 6]))

    assert (sized.status_code, chunked.status_code) == (413, 413)


@pytest.mark.parametrize("length", ["-1", "ten"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    sent = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
    with Server(echo) as server:
        answer = exchange(server, sent.encode())

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_an_answer_without_content_has_no_body_and_no_length() -> None:
    with Server(lambda _: Response(204)) as server, httpx.Client() as client:
        answers = [client.patch(server.url), client.patch(server.url)]

    assert [a.status_code for a in answers] == [204, 204]
    assert "content-length" not in answers[0].headers


def test_head_tells_the_length_and_sends_no_body() -> None:
    with Server(lambda _: Response(200, (), b"12345")) as server, httpx.Client() as client:
        answer = client.head(server.url)
        assert client.get(server.url).text == "12345"

    assert (answer.headers["content-length"], answer.text) == ("5", "")


def test_a_client_without_an_answer_runs_into_its_own_time_out() -> None:
    with (
        Server(silent) as server,
        httpx.Client(timeout=0.3) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get(server.url)


def test_the_silence_has_a_bound() -> None:
    limits = Limits(silence=0.2)
    with Server(silent, limits=limits) as server, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url, timeout=20)


def test_a_cut_connection_is_reset_under_the_waiting_client() -> None:
    with Server(cut) as server, pytest.raises(httpx.ReadError, match="reset"):
        httpx.get(server.url)


def test_a_server_that_stops_lets_the_request_under_way_end() -> None:
    entered, go_on = Event(), Event()
    answers: list[httpx.Response] = []

    def slow(request: Request) -> Response:
        entered.set()
        go_on.wait(5)
        return echo(request)

    server = Server(slow).start()
    client = Thread(target=lambda: answers.append(httpx.get(server.url)))
    client.start()
    entered.wait(5)
    stopping = Thread(target=server.stop)
    stopping.start()
    go_on.set()
    stopping.join()
    client.join()

    assert [a.status_code for a in answers] == [200]


def test_a_stopped_server_leaves_no_open_connection() -> None:
    with Server(echo) as server:
        wire = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        wire.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.recv(65_536)

    with wire:
        assert wire.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()


def test_only_this_machine_is_served() -> None:
    with pytest.raises(ValueError, match="this machine only"):
        Server(echo, host="0.0.0.0")  # noqa: S104 - the address that must be refused


def test_https_is_trusted_by_the_written_authority_alone(tmp_path: Path) -> None:
    tls = throw_away(tmp_path / "ca.pem", system_now())
    trusting = ssl.create_default_context(cafile=tls.ca_file)
    with Server(echo, tls=tls.context) as server:
        with httpx.Client(verify=trusting) as client:
            answer = client.get(f"{server.url}/x")
        with httpx.Client() as stranger, pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
            stranger.get(server.url)

    assert answer.json()["url"] == f"{server.url}/x"
    assert server.url.startswith("https://")


def test_the_certificate_names_the_vendors_hosts_too(tmp_path: Path) -> None:
    tls = throw_away(tmp_path / "ca.pem", system_now())
    trusting = ssl.create_default_context(cafile=tls.ca_file)
    with Server(echo, tls=tls.context) as server:
        address = ("127.0.0.1", server.port)
        for host in ("acme.my.salesforce.com", "login.salesforce.com", "api.hubapi.com"):
            with (
                socket.create_connection(address, timeout=5) as wire,
                trusting.wrap_socket(wire, server_hostname=host) as secure,
            ):
                assert secure.version() == "TLSv1.3"


def test_no_key_is_left_beside_the_authority(tmp_path: Path) -> None:
    throw_away(tmp_path / "ca.pem", system_now())

    assert [p.name for p in tmp_path.iterdir()] == ["ca.pem"]
    assert b"PRIVATE" not in (tmp_path / "ca.pem").read_bytes()
