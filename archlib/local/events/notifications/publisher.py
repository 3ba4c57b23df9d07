"""S3 notifications: from what moto's S3 does to messages at the destinations.

moto's own notification code is replaced: it says ``in%2Fa`` where S3 keeps the slash, names
nobody, notifies a multipart upload twice and delivers before the request is over. AWS: Amazon
S3 User Guide, "Amazon S3 Event Notifications", "Granting permissions to publish event
notification messages to a destination".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.events.carrier import Carrier, Service, Undeliverable
from archlib.local.events.lineage import Lineage
from archlib.local.events.notifications.configuration import Rule, check, rules
from archlib.local.events.notifications.message import (
    DETAILS,
    EMPTY_ETAG,
    ObjectEvent,
    Origin,
    bus_event,
    record,
    test_message,
)
from archlib.local.http import CLIENT_IP
from archlib.local.patches import Patches

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PRINCIPAL = "s3.amazonaws.com"
_SUBJECT = "Amazon S3 Notification"

#: Where a request comes from that a function sends (RFC 5737, TEST-NET-2).
_FUNCTION_IP = "198.51.100.10"

#: moto raises these as side effects of other operations; S3 only for the operation itself.
_OWN_OPERATION = {
    "ObjectTagging:Put": "PutObjectTagging",
    "ObjectTagging:Delete": "DeleteObjectTagging",
    "ObjectAcl:Put": "PutObjectAcl",
}

_DIGITS = "0123456789ABCDEF"

#: Operations that cause events; their answers carry the identifiers that the events name.
NOTIFYING = (
    "PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject", "DeleteObjects",
    "PutObjectTagging", "DeleteObjectTagging", "PutObjectAcl", "RestoreObject",
)  # fmt: skip


@dataclass
class Notifications:
    """Notification configurations of all buckets and the events they cause.

    ``to_bus`` takes an event for EventBridge's default bus; ``copies`` says how often an event
    is delivered (a fault makes it two).
    """

    cloud: LocalCloud
    carrier: Carrier
    to_bus: Callable[[str, dict[str, Any], Lineage], None]
    copies: Callable[[str], int] = lambda arn: 1
    _configurations: dict[str, dict[str, Any]] = field(default_factory=dict)
    _request: ApiCall | None = None
    _identified: tuple[ApiCall, Origin] | None = None
    _count: int = 0

    def install(self, patches: Patches) -> None:
        """Take notifications over from moto and serve their configuration."""
        from moto.s3 import notifications
        from moto.s3.models import S3Backend

        original = S3Backend.delete_object

        def delete_object(
            backend: Any, bucket_name: str, key_name: str, version_id: Any = None,
            bypass: bool = False,
        ) -> Any:  # fmt: skip
            versions = backend.get_bucket(bucket_name).keys.getlist(key_name, [])
            success, meta = original(backend, bucket_name, key_name, version_id, bypass)
            self._deleted(backend, bucket_name, key_name, version_id, meta, versions)
            return success, meta

        def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
            self._happened(str(getattr(event_name, "value", event_name)), bucket, key)

        patches.set(S3Backend, "delete_object", delete_object)
        patches.set(notifications, "send_event", send_event)
        patches.set(notifications, "send_test_event", lambda account_id, bucket: None)
        api = self.cloud.api
        api.guard(self._note_request)
        api.handle("s3", "PutBucketNotificationConfiguration", self._put)
        api.handle("s3", "GetBucketNotificationConfiguration", self._get)
        api.after("s3", "DeleteBucket", self._forget)
        for operation in NOTIFYING:
            api.after("s3", operation, self._identify)

    # -- configuration -------------------------------------------------------------------------

    def _put(self, call: ApiCall) -> Result:
        name = call.params["Bucket"]
        bucket = self._bucket(name)
        if bucket is None:
            return call.proceed()
        wanted = copy.deepcopy(call.params["NotificationConfiguration"])
        for rule_list in wanted.values():
            for entry in rule_list if isinstance(rule_list, list) else ():
                entry.setdefault("Id", self.cloud.new_uuid())
        skip = call.params.get("SkipDestinationValidation", False)
        service = self._service(name)
        check(
            wanted, bucket.region_name,
            (lambda rule: None) if skip else (lambda rule: self._problem(service, rule)),
        )  # fmt: skip
        result = call.proceed()
        before = self._configurations.get(name, {})
        self._configurations[name] = wanted
        known = {rule.target for rule in rules(before)}
        for rule in rules(wanted):
            if not skip and rule.target not in known and rule.kind.service != "lambda":
                known.add(rule.target)
                self._send_test(name, rule)
        return result

    def _get(self, call: ApiCall) -> Result:
        found = self._configurations.get(call.params["Bucket"], {})
        if self._bucket(call.params["Bucket"]) is None:
            return call.proceed()
        return {key: copy.deepcopy(value) for key, value in found.items() if value != []}

    def _forget(self, call: ApiCall, result: Result) -> None:
        self._configurations.pop(call.params["Bucket"], None)

    def _problem(self, service: Service, rule: Rule) -> str | None:
        if rule.kind.service == "sqs" and rule.target.endswith(".fifo"):
            return "FIFO SQS queues are not supported."
        if not self.carrier.exists(rule.target):
            return "The destination does not exist"
        if not self.carrier.allowed(service, rule.kind.action, rule.target):
            return "Permissions on the destination do not allow S3 to publish notifications"
        return None

    def _send_test(self, bucket: str, rule: Rule) -> None:
        text = json.dumps(
            test_message(bucket, self.cloud.clock.time(), self._hex(16), self._host_id())
        )
        lineage = self.carrier.lineages.present()
        self.cloud.clock.soon(
            lambda: self._deliver(bucket, rule, text, lineage), f"s3:TestEvent of {bucket}"
        )

    # -- events --------------------------------------------------------------------------------

    def _note_request(self, call: ApiCall) -> None:
        """A guard that only looks: it sees who sends the requests to S3."""
        if call.service == "s3":
            self._request = call

    def _current(self) -> ApiCall | None:
        call = self._request
        return call if call is not None and call.hop is self.cloud.trace.current else None

    def _happened(self, event: str, bucket: Any, key: Any) -> None:
        name = event.removeprefix("s3:")
        call = self._current()
        if name.startswith("ObjectRemoved"):
            return  # Deletions are told by _deleted, which sees delete markers too.
        needed = _OWN_OPERATION.get(name)
        if needed is not None and (call is None or call.operation != needed):
            return
        if name in ("ObjectCreated:Put", "ObjectCreated:Post") and key.multipart is not None:
            return  # CompleteMultipartUpload follows.
        version = None if str(key.version_id) == "null" else str(key.version_id)
        self._notify(bucket, name, key.name, key.size, key.etag.strip('"'), version)

    def _deleted(
        self, backend: Any, bucket_name: str, key: str, version: str | None, meta: Any,
        versions: list[Any],
    ) -> None:  # fmt: skip
        bucket = backend.get_bucket(bucket_name)
        if version is None and meta.get("delete-marker"):
            made = str(meta["version-id"])
            self._notify(bucket, "ObjectRemoved:DeleteMarkerCreated", key, None, EMPTY_ETAG, made)
        elif version is None and versions and not bucket.is_versioned:
            self._notify(bucket, "ObjectRemoved:Delete", key, None, None, None)
        elif version is not None and any(str(v.version_id) == str(version) for v in versions):
            self._notify(bucket, "ObjectRemoved:Delete", key, None, None, str(version))

    def _notify(
        self, bucket: Any, name: str, key: str, size: int | None, etag: str | None,
        version: str | None,
    ) -> None:  # fmt: skip
        configuration = self._configurations.get(bucket.name)
        if not configuration:
            return
        self._count += 1
        now = self.cloud.clock.time()
        event = ObjectEvent(
            name, bucket.region_name, bucket.name, key, size, etag, version,
            f"{int(now * 1000):012X}{self._count:06X}", now, self._origin(),
        )  # fmt: skip
        lineage = self.carrier.lineages.present()
        for rule in rules(configuration):
            if rule.wants(f"s3:{name}", key):
                text = json.dumps(record(event, rule.identifier))
                for _ in range(self.copies(f"arn:aws:s3:::{bucket.name}")):
                    self._soon(bucket.name, rule, text, lineage)
        if "EventBridgeConfiguration" in configuration and name in DETAILS:
            arn = f"arn:aws:s3:::{bucket.name}"
            for_bus = bus_event(event, self.cloud.new_uuid())
            for _ in range(self.copies(arn)):
                self.to_bus(bucket.region_name, for_bus, lineage.then(arn))

    def _soon(self, bucket: str, rule: Rule, text: str, lineage: Lineage) -> None:
        self.cloud.clock.soon(
            lambda: self._deliver(bucket, rule, text, lineage),
            f"S3 notification of {bucket} to {rule.target}",
        )

    def _deliver(self, bucket: str, rule: Rule, text: str, lineage: Lineage) -> None:
        service = self._service(bucket)
        try:
            if rule.kind.service == "lambda":
                self.carrier.to_function(service, rule.target, text.encode(), lineage)
            elif rule.kind.service == "sqs":
                self.carrier.to_queue(service, rule.target, text, lineage)
            else:
                self.carrier.to_topic(service, rule.target, text, lineage, _SUBJECT)
        except Undeliverable:
            return  # The hop tells. S3 gives up: nobody is told on AWS either.

    def _origin(self) -> Origin:
        """Who sends the current request; the same for all events of one request."""
        call, account = self._current(), self.cloud.account
        if self._identified is not None and self._identified[0] is call:
            return self._identified[1]
        request, host = self._hex(16), self._host_id()
        if call is None:
            return Origin(f"AWS:{account}", account, CLIENT_IP, request, host)
        caller = call.caller
        address = call.context.get("aws:SourceIp") or (
            CLIENT_IP if caller.source == "client" else _FUNCTION_IP
        )
        who = "Anonymous" if caller.kind == "anonymous" else f"AWS:{caller.user_id}"
        origin = Origin(who, account, address, request, host)
        self._identified = (call, origin)
        return origin

    def _identify(self, call: ApiCall, result: Result) -> None:
        """Answer with the identifiers that the events of this request name."""
        if self._identified is not None and self._identified[0] is call:
            origin = self._identified[1]
            result["ResponseMetadata"].update(RequestId=origin.request_id, HostId=origin.host_id)

    def _service(self, bucket: str) -> Service:
        return Service(PRINCIPAL, f"arn:aws:s3:::{bucket}", self.cloud.account)

    def _bucket(self, name: str) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends[self.cloud.account]["aws"].buckets.get(name)

    def _hex(self, length: int) -> str:
        return self.cloud.new_id("request", length, _DIGITS)

    def _host_id(self) -> str:
        return self.cloud.new_id("host", 75) + "="
