"""Functions: AWS Lambda."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archlib.architecture.model import Arrow
from archlib.architecture.values import Attribute, Ref, Value
from archlib.architecture.verbs import verb
from archlib.components.assets import (
    AssetSource,
    CodeDirectory,
    InstalledDistributions,
    PlatformDistributions,
)
from archlib.components.aurora import GlobalDatabase, QueriesDatabase, queries_database
from archlib.components.base import AwsComponent, Piece
from archlib.components.database import (
    READ_OPERATIONS,
    WRITE_OPERATIONS,
    DaxCluster,
    Table,
)
from archlib.components.layer import Layer
from archlib.components.mail import MailSender, SendsMail, sends_mail
from archlib.components.messaging import Queue, SendsFailures
from archlib.components.object_access import reads_objects, stores_objects
from archlib.components.signing import (
    FetchesKey,
    PresignsUrls,
    SignsLinks,
    fetches_key,
    presigns_for,
    signs_links_to,
)
from archlib.components.statements import sid
from archlib.components.storage import Bucket, UsesObjects
from archlib.components.table_access import ReadsThrough, UsesTable, reads_through, uses_table
from archlib.components.wiring import Grant

if TYPE_CHECKING:
    from archlib.components.cdn import Distribution
    from archlib.components.keys import EncryptionKey, SigningKey
    from archlib.components.plan import Plan


@dataclass(frozen=True)
class Function(AwsComponent):
    """A Lambda function with its role, its log group and, in a VPC, its security group.

    ``timeout`` is seconds, ``memory`` MB, ``log_retention`` days.
    """

    code: Path = field(kw_only=True)
    handler: str = field(default="app.handler", kw_only=True)
    runtime: str = field(default="python3.12", kw_only=True)
    timeout: int = field(default=10, kw_only=True)
    memory: int = field(default=256, kw_only=True)
    log_retention: int = field(default=30, kw_only=True)
    layer: Layer | None = field(default=None, kw_only=True)
    description: str = field(default="", kw_only=True)

    @property
    def icon(self) -> str:
        """Lambda's icon."""
        return "aws.compute.Lambda"

    @property
    def arn(self) -> Value:
        """The function's unqualified ARN."""
        return Attribute(self.name, "Arn")

    @property
    def function_name(self) -> Value:
        """The function's name."""
        return Ref(self.name)

    @property
    def security_group(self) -> str:
        """The logical id of the security group that the function has in a VPC."""
        return f"{self.name}SecurityGroup"

    def assets(self) -> Iterator[AssetSource]:
        """The code zip, and the layer's if there is one."""
        yield CodeDirectory(f"{self.name}CodeKey", self.code)
        if self.layer is not None:
            parameter, names = f"{self.name}LayerCodeKey", self.layer.distributions
            if self.layer.platform is None:
                yield InstalledDistributions(parameter, names)
            else:
                python = self.runtime.removeprefix("python")
                yield PlatformDistributions(parameter, names, python, self.layer.platform)

    @verb("Table")
    def reads(
        self,
        table: Table,
        *,
        operations: tuple[str, ...] = READ_OPERATIONS,
        arrow: Arrow = Arrow.BACKWARD,
        dashed: bool = False,
        **drawn: str,
    ) -> UsesTable:
        """Read items of the table itself."""
        return uses_table(self, "reads", table, operations, arrow, dashed, **drawn)

    @verb("Table")
    def writes(
        self, table: Table, *, operations: tuple[str, ...] = WRITE_OPERATIONS, **drawn: str
    ) -> UsesTable:
        """Write items of the table itself."""
        return uses_table(self, "writes", table, operations, Arrow.FORWARD, False, **drawn)

    @verb("Table")
    def reads_and_writes(
        self,
        table: Table,
        *,
        operations: tuple[str, ...] = READ_OPERATIONS + WRITE_OPERATIONS,
        **drawn: str,
    ) -> UsesTable:
        """Read and write items of the table itself."""
        return uses_table(self, "reads_and_writes", table, operations, Arrow.BOTH, False, **drawn)

    @verb("Table")
    def bulk_loads(
        self,
        table: Table,
        *,
        label: str = "bulk import (write-around)",
        variable: str = "TABLE_NAME",
    ) -> UsesTable:
        """Write many items straight into the table, around any cache.

        Source: Amazon DynamoDB Developer Guide, "DAX and DynamoDB consistency models",
        "Strategies for writes".
        """
        only = ("BatchWriteItem",)
        return uses_table(
            self, "bulk_loads", table, only, Arrow.FORWARD, False, label=label, variable=variable
        )

    @verb("DaxCluster")
    def reads_and_writes_through(
        self,
        cache: DaxCluster,
        *,
        operations: tuple[str, ...] = READ_OPERATIONS + WRITE_OPERATIONS,
        label: str = "query / read",
        arrow: Arrow = Arrow.BACKWARD,
        variable: str = "DAX_ENDPOINT",
        table: Table | None = None,
        table_variable: str = "TABLE_NAME",
    ) -> ReadsThrough:
        """Read and write through the cache, which needs no permission on the table.

        ``table`` is the one whose name the function is told, if no other verb tells it.

        Source: Amazon DynamoDB Developer Guide, "DAX access control".
        """
        named = None if table is None else (table, table_variable)
        return reads_through(self, cache, operations, label, arrow, (variable, named))

    @verb("GlobalDatabase")
    def queries(
        self, database: GlobalDatabase, *, label: str = "query / read", arrow: Arrow = Arrow.BOTH
    ) -> QueriesDatabase:
        """Run SQL through the Data API, with the database's secret.

        Source: Amazon Aurora User Guide, "Authorizing access to the Amazon RDS Data API".
        """
        return queries_database(self, database, label, arrow)

    @verb("Bucket")
    def reads_objects_of(
        self, bucket: Bucket, *, prefix: str = "", label: str = "read"
    ) -> UsesObjects:
        """Read objects below ``prefix``; which ones, an event or a request says."""
        return reads_objects(self, bucket, prefix, label)

    @verb("Bucket")
    def stores_objects_in(
        self,
        bucket: Bucket,
        *,
        prefix: str = "",
        label: str = "",
        variable: str = "BUCKET_NAME",
    ) -> UsesObjects:
        """Store objects below ``prefix``."""
        return stores_objects(self, bucket, prefix, label, variable)

    @verb("Bucket")
    def presigns_for(
        self,
        bucket: Bucket,
        *,
        prefix: str = "",
        label: str = "generate S3 presigned URL with the SDK",
    ) -> PresignsUrls:
        """Make URLs that fetch objects below ``prefix`` with the function's own permission.

        Source: Amazon S3 User Guide, "Download and upload objects with presigned URLs".
        """
        return presigns_for(self, bucket, prefix, label)

    @verb("SigningKey")
    def fetches(
        self,
        key: SigningKey,
        *,
        sealed_by: EncryptionKey | None = None,
        label: str = "private key",
    ) -> FetchesKey:
        """Fetch the private half of the key pair, and nothing else that is kept there."""
        return fetches_key(self, key, sealed_by, label)

    @verb("Distribution")
    def signs_links_to(
        self,
        distribution: Distribution,
        *,
        label: str = "generate CloudFront signed URL with the SDK",
        note: str | None = None,
    ) -> SignsLinks:
        """Make URLs below the distribution's domain that it answers for a while.

        Source: Amazon CloudFront Developer Guide, "Use signed URLs".
        """
        return signs_links_to(self, distribution, label, note)

    @verb("MailSender")
    def sends_mail_through(
        self,
        sender: MailSender,
        *,
        label: str = "SDK to send email",
        note: str | None = "the function has an IAM role",
        variable: str = "SENDER",
    ) -> SendsMail:
        """Send mail as this sender and nobody else.

        Source: Amazon SES Developer Guide, "Controlling access to Amazon SES", "Restricting email
        addresses"; Service Authorization Reference, "Actions, resources, and condition keys for
        Amazon Simple Email Service v2".
        """
        return sends_mail(self, sender, label, note, variable)

    @verb("Queue")
    def sends_failures_to(self, queue: Queue, *, label: str = "failures") -> SendsFailures:
        """Whatever fails for good ends in the queue; Lambda sends it with the function's role.

        Source: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous
        invocations", "Capturing discarded batches".
        """
        name = "sends_failures_to"
        grant = Grant(self.name, sid(name, queue.name), ("sqs:SendMessage",), (queue.arn,))
        return SendsFailures(self.name, queue.name, name, label, Arrow.FORWARD, grants=(grant,))

    def resources(self, plan: Plan) -> Iterator[Piece]:
        """Log group, role, layer, security group, the function, and who may invoke it."""
        from archlib.components.lambda_function import pieces

        return pieces(self, plan)

    def check(self, plan: Plan) -> None:
        """Refuse what the function cannot reach, and failures that nobody would ever send."""
        from archlib.components.function_rules import check

        check(self, plan)
