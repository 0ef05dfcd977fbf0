"""The way out to the example's CRM: every call counted, every answer in slasync's three errors."""

from typing import Any

import httpx

from slasync.connectors.http import Calls, retry_after
from slasync.errors import Refused, Stopped, TryLater
from slasync.systems import Secret


class Wire:
    """Calls as values in, values out. Raises TryLater, Refused or Stopped, and nothing else."""

    def __init__(self, client: httpx.Client, token: Secret, calls: Calls) -> None:
        self.calls = calls
        self._client = client
        self._token = token

    def get(self, path: str, **query: str) -> Any:
        return self._sent(self._client.build_request("GET", path, params=query))

    def post(self, path: str, body: Any) -> Any:
        return self._sent(self._client.build_request("POST", path, json=body))

    def _sent(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        with self.calls.one(f"{request.method} {request.url.path}") as exchange:
            try:
                answer = self._client.send(request)
            except httpx.ConnectError as error:
                raise TryLater("the CRM cannot be reached") from error  # nothing was sent
            except httpx.TransportError as error:
                raise TryLater("the CRM did not answer", unknown=True) from error
            exchange.answered(answer.status_code, answer.headers)
        return self._told(answer)

    def _told(self, answer: httpx.Response) -> Any:
        """Translate an answer: the one place that knows this vendor's words."""
        status = answer.status_code
        if status in {401, 403}:
            raise Stopped("the CRM accepts no token: mend example.token in config/slasync.yaml")
        if status == 429 or status >= 500:
            now = self.calls.vendor_time.now()
            after = retry_after(answer.headers.get("Retry-After"), now) if now else None
            raise TryLater(f"the CRM answered {status}", after)
        if status >= 400:
            raise Refused(f"the CRM answered {status}: {answer.text:.200}")
        try:
            return answer.json()
        except ValueError as error:  # a page for people, a cut answer: never an empty result
            raise TryLater("the CRM's answer is not JSON", unknown=True) from error
