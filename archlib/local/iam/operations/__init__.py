"""Operation tables: API operation -> what IAM must allow. One module per service.

A new service is a new module and a new entry here; an operation in no table is refused with
:class:`~archlib.errors.Unsupported` for everybody but the administrator.
"""

from __future__ import annotations

from collections.abc import Mapping

from archlib.errors import Unsupported
from archlib.local.iam.authorization import Authorization, Call, Rule, Table
from archlib.local.iam.operations.apigateway import by_http
from archlib.local.iam.operations.cloudformation import CLOUDFORMATION
from archlib.local.iam.operations.cloudfront import CLOUDFRONT
from archlib.local.iam.operations.cognito_identity import COGNITO_IDENTITY
from archlib.local.iam.operations.cognito_idp import COGNITO_IDP
from archlib.local.iam.operations.dax import DAX
from archlib.local.iam.operations.dynamodb import DYNAMODB, STREAMS
from archlib.local.iam.operations.ec2 import EC2
from archlib.local.iam.operations.events import EVENTS
from archlib.local.iam.operations.firehose import FIREHOSE
from archlib.local.iam.operations.iam import IAM
from archlib.local.iam.operations.kinesis import KINESIS
from archlib.local.iam.operations.kms import KMS
from archlib.local.iam.operations.lambda_ import LAMBDA
from archlib.local.iam.operations.logs import LOGS
from archlib.local.iam.operations.s3 import S3
from archlib.local.iam.operations.secretsmanager import SECRETSMANAGER
from archlib.local.iam.operations.ses import SES, SESV2
from archlib.local.iam.operations.sns import SNS
from archlib.local.iam.operations.sqs import SQS
from archlib.local.iam.operations.ssm import SSM
from archlib.local.iam.operations.sts import STS

__all__ = ["TABLES", "UNIFORM", "authorizations"]

TABLES: Mapping[str, Table] = {
    "cloudformation": CLOUDFORMATION,
    "cloudfront": CLOUDFRONT,
    "cognito-identity": COGNITO_IDENTITY,
    "cognito-idp": COGNITO_IDP,
    "dax": DAX,
    "dynamodb": DYNAMODB,
    "dynamodbstreams": STREAMS,
    "ec2": EC2,
    "events": EVENTS,
    "firehose": FIREHOSE,
    "iam": IAM,
    "kinesis": KINESIS,
    "kms": KMS,
    "lambda": LAMBDA,
    "logs": LOGS,
    "s3": S3,
    "secretsmanager": SECRETSMANAGER,
    "ses": SES,
    "sesv2": SESV2,
    "sns": SNS,
    "sqs": SQS,
    "ssm": SSM,
    "sts": STS,
}
"""By botocore service name, then operation name."""

UNIFORM: Mapping[str, Rule] = {"apigateway": by_http}
"""Services that authorise all their operations by one rule."""


def authorizations(call: Call) -> tuple[Authorization, ...]:
    """Everything IAM must allow before ``call`` may go on; empty for a public operation.

    Raises:
        Unsupported: the operation is in no table, or its rule refuses.
    """
    rule = UNIFORM.get(call.service) or TABLES.get(call.service, {}).get(call.operation)
    if rule is None:
        raise Unsupported(
            f"which permissions {call.service}:{call.operation} needs is not known",
            where="IAM",
            hint="only the administrator may call it in the local cloud",
        )
    return tuple(rule(call))
