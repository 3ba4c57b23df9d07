"""``Transform: AWS::Serverless-2016-10-31``, expanded by AWS's own aws-sam-translator."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.errors import StackError

SERVERLESS = "AWS::Serverless-2016-10-31"


class _ManagedPolicies:
    """AWS managed policies by name; their ARNs follow from the name."""

    def load(self) -> dict[str, str]:
        from samtranslator.translator.arn_generator import ArnGenerator

        partition = ArnGenerator.get_partition_name()
        prefix = f"arn:{partition}:iam::aws:policy/"
        names = (
            "service-role/AWSLambdaBasicExecutionRole",
            "service-role/AWSLambdaVPCAccessExecutionRole",
            "AWSXrayWriteOnlyAccess",
            "service-role/AWSLambdaDynamoDBExecutionRole",
            "service-role/AWSLambdaSQSQueueExecutionRole",
            "service-role/AWSLambdaKinesisExecutionRole",
            "AmazonDynamoDBFullAccess",
            "AmazonDynamoDBReadOnlyAccess",
            "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess",
        )
        return {name.rsplit("/", 1)[-1]: prefix + name for name in names}


def expand_serverless(
    body: dict[str, Any], parameters: Mapping[str, Any], region: str
) -> dict[str, Any]:
    """The CloudFormation template a SAM template stands for; raises :class:`StackError`."""
    import boto3
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform

    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session = boto3.DEFAULT_SESSION
    boto3.setup_default_session(region_name=region)
    try:
        result: dict[str, Any] = transform(
            copy.deepcopy(body),
            dict(parameters),
            _ManagedPolicies(),
        )
    except InvalidDocumentException as problem:
        causes = "; ".join(str(cause.message) for cause in problem.causes) or problem.message
        raise StackError(
            f"Transform {SERVERLESS} failed with: Invalid Serverless Application Specification "
            f"document. {causes}"
        ) from None
    finally:
        boto3.DEFAULT_SESSION = session
    result.pop("Transform", None)
    result.pop("Globals", None)
    return result
