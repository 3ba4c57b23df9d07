"""Services that spoke the query protocol once and still answer it.

AWS: Amazon SQS Developer Guide, "Making Query API requests using AWS JSON protocol" and its
neighbour for the query protocol (SDKs of before November 2023 speak it); Amazon SQS API Reference,
whose examples show the names: ``Attribute.1.Name``, ``SendMessageBatchRequestEntry.1.Id``.
Current models tell shapes, and which of them are flat, but no longer these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.protocols.message import Message
from archlib.local.protocols.query import QueryProtocol


@dataclass(frozen=True)
class Names:
    """What a service's shapes are called in forms and in XML.

    ``lists``: list shape -> how one element is called, where that is not its shape's name.
    ``maps``: map shape -> how members of that shape, their keys and their values are called.
    ``url_parameter``: the parameter that the URL stands for where the form does not give it.
    """

    namespace: str
    lists: Mapping[str, str]
    maps: Mapping[str, tuple[str, str, str]]
    url_parameter: str


FORMER: Mapping[str, Names] = {
    "sqs": Names(
        "http://queue.amazonaws.com/doc/2012-11-05/",
        {
            "AWSAccountIdList": "AWSAccountId",
            "ActionNameList": "ActionName",
            "AttributeNameList": "AttributeName",
            "BinaryList": "BinaryListValue",
            "QueueUrlList": "QueueUrl",
            "StringList": "StringListValue",
        },
        {
            "MessageBodyAttributeMap": ("MessageAttribute", "Name", "Value"),
            "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name", "Value"),
            "MessageSystemAttributeMap": ("Attribute", "Name", "Value"),
            "QueueAttributeMap": ("Attribute", "Name", "Value"),
            "TagMap": ("Tag", "Key", "Value"),
        },
        "QueueUrl",
    ),
}


def as_it_was(description: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A service's description with the query protocol's names put back."""
    shapes = {
        name: _shape(name, shape, names, description["shapes"])
        for name, shape in description["shapes"].items()
    }
    operations = {name: _operation(one) for name, one in description["operations"].items()}
    metadata = {
        **description["metadata"],
        "protocol": "query",
        "protocols": ["query"],
        "xmlNamespace": names.namespace,
    }
    return {**description, "metadata": metadata, "operations": operations, "shapes": shapes}


def _shape(
    name: str, shape: Mapping[str, Any], names: Names, shapes: Mapping[str, Any]
) -> Mapping[str, Any]:
    if shape["type"] == "list":
        called = names.lists.get(name, shape["member"]["shape"])
        return {**shape, "member": {**shape["member"], "locationName": called}}
    if name in names.maps:
        _, key, value = names.maps[name]
        return {
            **shape,
            "key": {**shape["key"], "locationName": key},
            "value": {**shape["value"], "locationName": value},
        }
    if shape["type"] != "structure":
        return shape
    members = {
        one: {**told, **_called(told["shape"], names, shapes)}
        for one, told in shape.get("members", {}).items()
    }
    return {**shape, "members": members}


def _called(shape: str, names: Names, shapes: Mapping[str, Any]) -> dict[str, str]:
    """How a member of this shape is called: its elements' name, if it is a container."""
    if shape in names.maps:
        return {"locationName": names.maps[shape][0]}
    if shapes[shape]["type"] == "list":
        return {"locationName": names.lists.get(shape, shapes[shape]["member"]["shape"])}
    return {}


def _operation(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    if "output" not in operation:
        return operation
    output = operation["output"]
    return {**operation, "output": {**output, "resultWrapper": output["shape"]}}


class FormerQueryProtocol(QueryProtocol):
    """The query protocol where the URL that was asked may stand for a parameter."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._url_parameter = names.url_parameter

    def read(self, operation: Any, message: Message) -> dict[str, Any]:
        """See :class:`AwsProtocol`."""
        params = super().read(operation, message)
        shape = operation.input_shape
        if shape is None:
            return params
        own = self._url_parameter
        if own in shape.members and own not in params and message.path.strip("/"):
            params[own] = f"https://{message.fields.get('host', '')}{message.path.rstrip('/')}"
        for name in shape.required_members:
            # A form cannot tell an empty batch from none; the service has words for it.
            if shape.members[name].type_name == "list":
                params.setdefault(name, [])
        return params
