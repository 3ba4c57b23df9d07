"""``Transform: AWS::Serverless-2016-10-31``, expanded by AWS's own aws-sam-translator."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.errors import StackError

SERVERLESS = "AWS::Serverless-2016-10-31"


class _ManagedPolicies:
    """AWS managed policies by name, as the translator brings them along."""

    def load(self) -> dict[str, str]:
        from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
        from samtranslator.translator.arn_generator import ArnGenerator

        return dict(get_bundled_managed_policy_map(ArnGenerator.get_partition_name()) or {})


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
    except Exception as problem:
        # the translator trusts its input more than it should; whatever it trips over is in it
        raise StackError(
            f"Transform {SERVERLESS} failed with: {type(problem).__name__}: {problem}"
        ) from problem
    finally:
        boto3.DEFAULT_SESSION = session
    result.pop("Transform", None)
    result.pop("Globals", None)
    return result
