"""The dashboard as the daemon serves it: by its own port, over TLS where that is configured."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from slasync.settings.access import Dashboard, TlsFiles
from slasync.settings.values import Listeners
from slasync.showing import dashboard_server
from slasync.web.server import WebServer
from tests.faults.marks import fault
from tests.web.dashboard.house import House, said

PUBLIC = "0.0.0.0"  # noqa: S104 - the case in point


def served(house: House, access: Dashboard | None) -> WebServer | None:
    settings = replace(house.settings, listeners=Listeners(dashboard=access))
    return dashboard_server(settings, house.engine, house.front.seams, house.front.progress)


def certificate(folder: Path) -> TlsFiles:
    """Make a certificate for this machine that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251 - the machine's own time judges it
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = TlsFiles(str(folder / "tls.pem"), str(folder / "tls.key"))
    Path(files.certificate).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    Path(files.key).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_the_daemon_serves_it_on_this_machine(house: House) -> None:
    server = served(house, Dashboard(port=0))
    assert server
    port = server.start()
    try:
        with urlopen(f"http://127.0.0.1:{port}/login", timeout=10) as answer:
            assert "Log in" in said(answer.read().decode())
    finally:
        server.stop()


def test_with_a_certificate_it_speaks_tls_and_marks_its_cookies(
    house: House, tmp_path: Path
) -> None:
    files = certificate(tmp_path)
    server = served(house, Dashboard(port=0, tls=files, public_url="https://localhost"))
    assert server
    port = server.start()
    trusting = ssl.create_default_context(cafile=files.certificate)
    try:
        asked = Request(f"https://localhost:{port}/login")
        with urlopen(asked, timeout=10, context=trusting) as answer:  # noqa: S310 - as above
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-slasync_visit=")
            assert "Secure" in cookie
    finally:
        server.stop()


@fault("S16")
def test_it_is_not_opened_to_other_machines_while_nobody_could_log_in(
    new_house: Callable[..., House],
) -> None:
    house = new_house(people=False)
    access = Dashboard(host=PUBLIC, public_url="https://sla.acme.example")

    assert served(house, access) is None


def test_there_is_none_where_none_is_configured(house: House) -> None:
    assert served(house, None) is None
