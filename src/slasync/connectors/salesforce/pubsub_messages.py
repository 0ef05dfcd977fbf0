"""The messages of the Pub/Sub API as far as slasync speaks them, by their public field numbers.

The descriptors are made here, in a pool of their own: there is no generated file to keep in step.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "eventbus.v1"
SERVICE = f"/{PACKAGE}.PubSub"
LATEST, EARLIEST, CUSTOM = 0, 1, 2  # where a subscription begins; its first request says it

_Proto = descriptor_pb2.FieldDescriptorProto
_TEXT, _BYTES, _BOOL = _Proto.TYPE_STRING, _Proto.TYPE_BYTES, _Proto.TYPE_BOOL
_INT, _ENUM = _Proto.TYPE_INT32, _Proto.TYPE_ENUM
_Kind = int | str  # a scalar's type, or the name of a message; "[Name]": many of them

MESSAGES: Mapping[str, Mapping[str, tuple[int, _Kind]]] = {
    "TopicRequest": {"topic_name": (1, _TEXT)},
    "TopicInfo": {
        "topic_name": (1, _TEXT), "can_subscribe": (4, _BOOL), "schema_id": (5, _TEXT),
    },
    "SchemaRequest": {"schema_id": (1, _TEXT)},
    "SchemaInfo": {"schema_json": (1, _TEXT), "schema_id": (2, _TEXT)},
    "FetchRequest": {
        "topic_name": (1, _TEXT), "replay_preset": (2, _ENUM), "replay_id": (3, _BYTES),
        "num_requested": (4, _INT),
    },
    "ProducerEvent": {"id": (1, _TEXT), "schema_id": (2, _TEXT), "payload": (3, _BYTES)},
    "ConsumerEvent": {"event": (1, "ProducerEvent"), "replay_id": (2, _BYTES)},
    "FetchResponse": {
        "events": (1, "[ConsumerEvent]"), "latest_replay_id": (2, _BYTES),
        "pending_num_requested": (4, _INT),
    },
}  # fmt: skip


def _classes() -> Mapping[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="slasync/pubsub.proto", package=PACKAGE, syntax="proto3"
    )
    preset = file.enum_type.add(name="ReplayPreset")
    for number, name in enumerate(("LATEST", "EARLIEST", "CUSTOM")):
        preset.value.add(name=name, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(message, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"{PACKAGE}.{name}") for name in MESSAGES}
    return {name: message_factory.GetMessageClass(each) for name, each in found.items()}


def _add(message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: _Kind) -> None:
    added = message.field.add(name=name, number=number, label=_Proto.LABEL_OPTIONAL)
    if isinstance(kind, int):
        added.type = kind  # type: ignore[assignment] # the enum's values are ints
        if kind == _ENUM:
            added.type_name = f".{PACKAGE}.ReplayPreset"
        return
    if kind.startswith("["):
        added.label = _Proto.LABEL_REPEATED
    added.type, added.type_name = _Proto.TYPE_MESSAGE, f".{PACKAGE}.{kind.strip('[]')}"


_MADE = _classes()
TopicRequest, TopicInfo = _MADE["TopicRequest"], _MADE["TopicInfo"]
SchemaRequest, SchemaInfo = _MADE["SchemaRequest"], _MADE["SchemaInfo"]
FetchRequest, FetchResponse = _MADE["FetchRequest"], _MADE["FetchResponse"]
