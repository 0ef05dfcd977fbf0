"""An identity provider on this machine, as strict as real ones and as wrong as a test wants it."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "slasync", "the client's secret"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """What it answers; a test changes what is to be wrong."""

    now: datetime
    url: str = ""
    issuer: str = ""  # as it calls itself; empty: its url
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    signs_by: Any = KEY
    algorithm: str = "RS256"
    expected: dict[str, dict[str, str]] = field(default_factory=dict)  # by code
    asked: list[str] = field(default_factory=list)

    def approve(self, address: str) -> str:
        """Be the user who says yes: return where the provider sends the browser."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        code = f"code-{len(self.expected)}"
        self.expected[code] = query
        return f"{query['redirect_uri']}?code={code}&state={query['state']}"

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
        }

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Exchange a code once, for whoever has the secret and the verifier."""
        asked = self.expected.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer or self.url, "aud": CLIENT, "sub": "u1", "nonce": asked["nonce"],
            "iat": int(self.now.timestamp()),
            "exp": int((self.now + timedelta(minutes=5)).timestamp()),
            "email": "Vera@acme.example", "email_verified": True, "groups": ["staff"],
        } | self.claims  # fmt: skip
        claims = {k: v for k, v in claims.items() if v is not None}
        key = SECRET * 3 if self.algorithm.startswith("HS") else self.signs_by
        signed = jwt.encode(claims, key, self.algorithm, headers={"kid": "k1"})
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": signed}

    def keys(self) -> dict[str, Any]:
        numbers = KEY.public_key().public_numbers()
        made = {"kty": "RSA", "n": _shown(numbers.n), "e": _shown(numbers.e)}
        return {"keys": [made | {"kid": "k1", "use": "sig", "alg": "RS256"}]}


def _shown(number: int) -> str:
    """Write a number of a key as providers publish it."""
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@contextmanager
def a_provider(now: datetime) -> Iterator[Provider]:
    """Serve one on loopback."""
    provider = Provider(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            told = {
                "/.well-known/openid-configuration": provider.document(),
                "/keys": provider.keys(),
                "/userinfo": provider.userinfo,
            }
            self._answer(200 if self.path in told else 404, told.get(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {k: v[0] for k, v in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
