"""The simulated Pub/Sub API: gRPC on this machine, over the org's channel of changes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

import grpc

from slasync.sandbox.salesforce.pubsub_log import SELECTED, ChangeLog, replay_id
from slasync.sandbox.salesforce.pubsub_messages import MESSAGES, SERVICE
from slasync.sandbox.salesforce.vendor import Salesforce

CODES = "sfdc.platform.eventbus.grpc"
CUSTOM = 2
MOST = 100  # events asked for and not sent yet, and events of one answer
LOOK = 0.02  # seconds between two looks for something new
TOPICS = {"/data/ChangeEvents": None} | {f"/data/{name}ChangeEvent": name for name in SELECTED}
Code = grpc.StatusCode


@dataclass
class Asked:
    """How many events a subscriber still wants; None behind the last request."""

    changed: Condition
    pending: int = 0
    wrong: bool = False  # no events were asked for, or too many
    over: bool = False

    def follow(self, requests: Iterator[Any]) -> None:
        """Take requests as they come, in a thread of its own."""
        try:
            for request in requests:
                self.add(request.num_requested)
        except Exception:  # noqa: BLE001, S110 - the call was cancelled; grpc has no class for it
            pass
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def add(self, number: int) -> None:
        with self.changed:
            self.pending += number
            self.wrong = self.wrong or number <= 0 or self.pending > MOST
            self.changed.notify_all()


class PubSub:
    """A server for one org. `idle`: seconds without events after which it shows that it lives.

    Raises OSError when the port is taken.
    """

    def __init__(self, crm: Salesforce, port: int = 0, idle: float = 200.0) -> None:
        with crm.lock:
            self.log = ChangeLog(crm.org, crm.integration_user_id)
        self._crm = crm
        self._idle = idle
        self.calls: list[str] = []  # what was asked, in order
        threads = ThreadPoolExecutor(16, thread_name_prefix="sandbox pubsub")
        self._server = grpc.server(threads, options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers((self._handlers(),))
        try:
            self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as error:
            raise OSError(f"port {port} is taken") from error
        self._server.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End every stream, and wait until all have."""
        self._server.stop(0).wait(5)

    def _handlers(self) -> Any:
        def unary(method: Any, request: str) -> Any:
            return grpc.unary_unary_rpc_method_handler(
                method, MESSAGES[request].FromString, lambda message: message.SerializeToString()
            )

        stream: Any = grpc.stream_stream_rpc_method_handler(
            self._subscribe,
            MESSAGES["FetchRequest"].FromString,
            lambda message: message.SerializeToString(),
        )
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "GetTopic": unary(self._topic, "TopicRequest"),
                "GetSchema": unary(self._schema, "SchemaRequest"),
                "Subscribe": stream,
            },
        )

    def _topic(self, request: Any, context: Any) -> Any:
        self._admit(context)
        self.calls.append("GetTopic")
        entity = self._entity(request.topic_name, context)
        with self._crm.lock:
            schema_id = self.log.schemas.current(entity or SELECTED[0])[0]
        return MESSAGES["TopicInfo"](
            topic_name=request.topic_name, tenant_guid=self._crm.org_id, can_subscribe=True,
            schema_id=schema_id,
        )  # fmt: skip

    def _schema(self, request: Any, context: Any) -> Any:
        self._admit(context)
        self.calls.append("GetSchema")
        with self._crm.lock:
            text = self.log.schemas.text(request.schema_id)
        if text is None:
            _abort(context, Code.NOT_FOUND, "schema.not.found")
        return MESSAGES["SchemaInfo"](schema_json=text, schema_id=request.schema_id)

    def _subscribe(self, requests: Iterator[Any], context: Any) -> Iterator[Any]:
        self._admit(context)
        first = next(requests)
        entity = self._entity(first.topic_name, context)
        number = self._begin(first, context)
        self.calls.append("Subscribe")
        asked = Asked(Condition())
        asked.add(first.num_requested)
        Thread(target=asked.follow, args=(requests,), daemon=True).start()
        quiet = 0.0
        while context.is_active() and not asked.over:
            self._admit(context)
            if asked.wrong:
                _abort(context, Code.INVALID_ARGUMENT,
                       "subscription.fetch.requested.events.invalid")  # fmt: skip
            wanted = min(asked.pending, MOST)  # more may be asked for meanwhile
            with self._crm.lock:
                events = self.log.after(number, wanted, entity)
                if wanted and not events:  # what there is concerns other objects
                    number = max(number, self.log.tip)
            quiet = 0.0 if events else quiet + LOOK
            if events or quiet >= self._idle:
                number, quiet = events[-1].number if events else number, 0.0
                yield self._answer(asked, events, number)
            else:
                with asked.changed:
                    asked.changed.wait(LOOK)

    def _answer(self, asked: Asked, events: list[Any], number: int) -> Any:
        with asked.changed:
            asked.pending -= len(events)
            pending = asked.pending
        event, consumed = MESSAGES["ProducerEvent"], MESSAGES["ConsumerEvent"]
        told = [
            consumed(
                event=event(id=e.id, schema_id=e.schema_id, payload=e.payload),
                replay_id=e.replay_id,
            )
            for e in events
        ]
        return MESSAGES["FetchResponse"](
            events=told, latest_replay_id=replay_id(number), pending_num_requested=pending
        )

    def _begin(self, first: Any, context: Any) -> int:
        """Return the place that a subscription begins behind."""
        with self._crm.lock:
            if first.replay_preset != CUSTOM:
                return self.log.tip if first.replay_preset == 0 else 0
            number = self.log.number_of(first.replay_id)
        if not first.replay_id:
            wrong = "subscription.fetch.replayid.validation.failed"
            _abort(context, Code.INVALID_ARGUMENT, wrong)
        if number is None:
            _abort(context, Code.INVALID_ARGUMENT, "subscription.fetch.replayid.corrupted")
        return int(number or 0)

    def _admit(self, context: Any) -> None:
        """Let go on who shows a session of this org."""
        shown = dict(context.invocation_metadata())
        with self._crm.lock:
            user = self._crm.auth.user_of_token(str(shown.get("accesstoken", "")))
        if user is None or shown.get("tenantid") != self._crm.org_id:
            _abort(context, Code.UNAUTHENTICATED, "service.auth.error")

    def _entity(self, topic: str, context: Any) -> str | None:
        if topic not in TOPICS:
            _abort(context, Code.NOT_FOUND, "topic.not.found")
        return TOPICS[topic]


def _abort(context: Any, code: grpc.StatusCode, own: str) -> None:
    """End the call; raises."""
    context.set_trailing_metadata((("error-code", f"{CODES}.{own}"),))
    context.abort(code, own)
