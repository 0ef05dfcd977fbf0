"""A throw-away certificate authority, for client libraries that insist on https.

The authority signs one server certificate and its key is forgotten at once; only its certificate
is written, for clients to trust. The certificate also holds the vendors' own host names, for
clients that cannot be given another one and are led to the sandbox by their name resolution.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = (
    "localhost", "login.salesforce.com", "test.salesforce.com", "*.salesforce.com",
    "*.my.salesforce.com", "*.sandbox.my.salesforce.com", "api.hubapi.com", "api.hubspot.com",
)  # fmt: skip
ADDRESSES = ("127.0.0.1", "::1")
LIFE = timedelta(days=30)
SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server needs to speak TLS, and the file by which clients trust it."""

    context: ssl.SSLContext
    ca_file: Path


def throw_away(ca_file: Path, now: datetime) -> Tls:
    """Make an authority and a server certificate; write the authority's certificate.

    `now` is the machine's time, not the sandbox's: clients check validity against theirs.
    """
    authority, server = _issue(now)
    ca_file.write_bytes(authority)
    ca_file.chmod(0o644)  # a certificate is public; its key exists no more
    return Tls(_context(server), ca_file)


def _issue(now: datetime) -> tuple[bytes, Signed]:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, name = _name("slasync sandbox, throw-away authority"), _name("slasync sandbox")
    ca = _builder(ca_name, ca_name, ca_key.public_key(), ca_key.public_key(), now)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca = ca.add_extension(_usage(signs_certificates=True), critical=True)
    own = _builder(name, ca_name, key.public_key(), ca_key.public_key(), now)
    own = own.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    own = own.add_extension(_usage(signs_certificates=False), critical=True)
    own = own.add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
    )
    own = own.add_extension(_alternatives(NAMES, ADDRESSES), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _pem(ca.sign(ca_key, hashes.SHA256())), Signed(
        _pem(own.sign(ca_key, hashes.SHA256())), private
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    now: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
        )
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: Sequence[str], addresses: Sequence[str]) -> x509.SubjectAlternativeName:
    hosts = [x509.DNSName(name) for name in names]
    return x509.SubjectAlternativeName(
        [*hosts, *(x509.IPAddress(ip_address(a)) for a in addresses)]
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _context(server: Signed) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with TemporaryDirectory() as folder:  # 0700; the ssl module reads keys from files only
        chain = Path(folder) / "server.pem"
        chain.touch(0o600)
        chain.write_bytes(server.key + server.certificate)
        context.load_cert_chain(chain)
    return context
