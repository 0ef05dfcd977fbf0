"""The way to the Pub/Sub API: one gRPC channel, the session shown on each call, our errors."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import grpc

from slasync.connectors.salesforce import pubsub_messages as messages
from slasync.connectors.salesforce.token import LOOPBACK, Token
from slasync.errors import SlasyncError, Stopped, TryLater

MOST_BYTES = 32 * 2**20  # of an answer: a hundred events of up to a megabyte are sent in parts
ANSWER = 30.0  # seconds until a question must be answered; a subscription has no such limit
PATIENCE = timedelta(minutes=2)  # where Salesforce says that there are too many subscriptions
Code = grpc.StatusCode
SETUP = (
    "select Lead, Contact, Task and Event in Setup, Change Data Capture, or name the channel in"
    " pubsub.channel of connectors/salesforce/connector.yaml"
)


class SessionEnded(TryLater):
    """The session is not accepted any more: with another one the call may be."""


class PositionLost(TryLater):
    """The place to go on from is not there any more: older than 72 hours, or never was."""


class Wire:
    """Calls as values in, values out. Raises TryLater, SessionEnded, PositionLost or Stopped."""

    def __init__(self, url: str) -> None:
        """Nothing is connected before the first call."""
        place = urlsplit(url)
        plain = place.scheme == "http" and place.hostname in LOOPBACK
        options = [("grpc.max_receive_message_length", MOST_BYTES)]
        if plain:  # a sandbox on this machine: never by a proxy
            options.append(("grpc.enable_http_proxy", 0))
        self._channel = (
            grpc.insecure_channel(place.netloc, options)
            if plain
            else grpc.secure_channel(place.netloc, grpc.ssl_channel_credentials(), options)
        )
        unary, stream = self._channel.unary_unary, self._channel.stream_stream
        self._topic = _made(unary, "GetTopic", messages.TopicInfo)
        self._schema = _made(unary, "GetSchema", messages.SchemaInfo)
        self._subscribe = _made(stream, "Subscribe", messages.FetchResponse)

    def topic(self, token: Token, name: str) -> Any:
        """Ask what a channel is."""
        return self._asked(self._topic, token, messages.TopicRequest(topic_name=name))

    def schema(self, token: Token, schema_id: str) -> str:
        """Ask for a schema; return it as JSON text."""
        asked = messages.SchemaRequest(schema_id=schema_id)
        return str(self._asked(self._schema, token, asked).schema_json)

    def subscribe(self, token: Token, requests: Iterator[Any]) -> Any:
        """Open a subscription: an iterator of answers with `cancel`, which raises RpcError."""
        return self._subscribe(requests, metadata=_shown(token))

    def close(self) -> None:
        self._channel.close()

    def _asked(self, call: Any, token: Token, request: Any) -> Any:
        try:
            return call(request, timeout=ANSWER, metadata=_shown(token))
        except grpc.RpcError as error:
            raise told(error) from error


def _made(call: Callable[..., Any], method: str, answer: Any) -> Any:
    return call(
        f"{messages.SERVICE}/{method}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=answer.FromString,
    )


def _shown(token: Token) -> tuple[tuple[str, str], ...]:
    return (
        ("accesstoken", token.access.reveal()),
        ("instanceurl", token.instance_url),
        ("tenantid", token.org_id),
    )


def told(error: grpc.RpcError) -> SlasyncError:
    """Say in slasync's errors what the Pub/Sub API answered.

    Its own code stands in the trailer `error-code`; the status alone is ambiguous.
    """
    status: Any = error  # every error of a call is a call as well
    code = status.code()
    own = str(dict(status.trailing_metadata() or ()).get("error-code", ""))
    said = f"the Pub/Sub API of Salesforce: {own or code.name}"
    if code is Code.UNAUTHENTICATED or ".auth." in own:
        return SessionEnded(said)
    if ".replayid." in own:
        return PositionLost(said)
    if code is Code.RESOURCE_EXHAUSTED or own.endswith("limit.exceeded"):
        return TryLater(f"{said}: too many subscriptions, or the day's events are used up",
                        PATIENCE)  # fmt: skip
    if code in {Code.NOT_FOUND, Code.PERMISSION_DENIED, Code.UNIMPLEMENTED}:
        return Stopped(f"{said}: {SETUP}")
    return TryLater(said)
