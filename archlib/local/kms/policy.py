"""Key policies: the default one, and what KMS checks of a new one.

Source: AWS Key Management Service Developer Guide, "Default key policy" (also: "Prevent the KMS
key from becoming unmanageable"); AWS KMS API Reference, "CreateKey", "PutKeyPolicy": the policy
must be well-formed, its principals must exist, and it must let the caller call PutKeyPolicy again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from archlib.local.iam import PolicyError, parse_policy
from archlib.local.iam.callers import UNRESTRICTED, principal_of
from archlib.local.iam.evaluation import Policies, Policy, Request, decide
from archlib.local.iam.existing import missing
from archlib.local.iam.principal import Principal
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.identity import Caller
    from archlib.local.kms.keys import Key

_MALFORMED = "MalformedPolicyDocumentException"
_ADMINISTRATOR = Policy(
    "the administrator's policy",
    parse_policy(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
            }
        )
    ),
)


def default_policy(account: str) -> str:
    """What a key gets that is created without a policy: the account's IAM policies decide."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})


def check(text: str, caller: Caller, key: Key, *, lockout: bool) -> None:
    """Raise MalformedPolicyDocumentException unless ``text`` may become the key's policy.

    ``lockout`` says whether the caller must be able to change the policy afterwards. Whoever
    deploys is not subject to IAM here; for this check it is a user with all permissions, so that
    a policy that AWS would refuse to deploy is refused.
    """
    try:
        document = parse_policy(text, "resource")
    except PolicyError as problem:
        raise ApiRefusal(_MALFORMED, str(problem)) from None
    absent = missing(document, key.account)
    if absent:
        raise ApiRefusal(
            _MALFORMED,
            "Policy contains a statement with one or more invalid principals. "
            f"({', '.join(absent)})",
        )
    if not lockout:
        return
    free = caller.kind in UNRESTRICTED
    who = Principal("user", caller.arn, caller.account) if free else principal_of(caller, {})
    policies = Policies(
        # What the caller's own policies say has been judged already: it may PutKeyPolicy.
        identity=(_ADMINISTRATOR,),
        resource=(Policy("the new key policy", document),),
        resource_must_allow=True,
    )
    request = Request(who, "kms:PutKeyPolicy", key.arn, {}, key.account)
    if not decide(request, policies).allowed:
        raise ApiRefusal(
            _MALFORMED,
            "The new key policy will not allow you to update the key policy in the future.",
        )
