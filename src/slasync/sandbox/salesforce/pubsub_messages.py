"""The event bus's messages, as the public interface numbers their fields. The vendor's own copy."""

from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PACKAGE = "eventbus.v1"
SERVICE = f"{PACKAGE}.PubSub"
KINDS = {
    "string": Field.TYPE_STRING, "bytes": Field.TYPE_BYTES, "bool": Field.TYPE_BOOL,
    "int32": Field.TYPE_INT32, "int64": Field.TYPE_INT64,
}  # fmt: skip
SHAPES = """
TopicInfo: string topic_name 1, string tenant_guid 2, bool can_publish 3, bool can_subscribe 4,
    string schema_id 5, string rpc_id 6
TopicRequest: string topic_name 1
EventHeader: string key 1, bytes value 2
ProducerEvent: string id 1, string schema_id 2, bytes payload 3, *EventHeader headers 4
ConsumerEvent: ProducerEvent event 1, bytes replay_id 2
FetchRequest: string topic_name 1, int32 replay_preset 2, bytes replay_id 3, int32 num_requested 4,
    string auth_refresh 5
FetchResponse: *ConsumerEvent events 1, bytes latest_replay_id 2, string rpc_id 3,
    int32 pending_num_requested 4
SchemaRequest: string schema_id 1
SchemaInfo: string schema_json 1, string schema_id 2, string rpc_id 3
"""


def _built() -> dict[str, Any]:
    file = FileDescriptorProto(name="vendor/eventbus.proto", package=PACKAGE, syntax="proto3")
    lines = SHAPES.replace("\n    ", " ").strip().splitlines()
    for line in lines:
        name, _, fields = line.partition(":")
        message = file.message_type.add(name=name)
        for text in fields.split(","):
            kind, field, number = text.split()
            added = message.field.add(name=field, number=int(number))
            many = kind.startswith("*")
            added.label = Field.LABEL_REPEATED if many else Field.LABEL_OPTIONAL
            if kind in KINDS:
                added.type = KINDS[kind]
            else:
                added.type, added.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind.lstrip('*')}"
    pool = DescriptorPool()
    pool.Add(file)
    names = [message.name for message in file.message_type]
    return {
        name: GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in names
    }


MESSAGES = _built()
