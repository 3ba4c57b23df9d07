"""What a caller must have acknowledged before a template may be deployed."""

from __future__ import annotations

from archlib.local.deploy.anatomy import Anatomy

_IAM_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}


def required_capabilities(anatomy: Anatomy) -> tuple[list[str], list[str]]:
    """The capabilities a template needs and the types that need them.

    Source: CreateStack, "Capabilities", in the AWS CloudFormation API Reference.
    """
    iam = [entry for entry in anatomy.resources.values() if entry.type in _IAM_NAMES]
    named = [e for e in iam if _IAM_NAMES[e.type] and _IAM_NAMES[e.type] in e.properties]
    needed = ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if iam else []
    return needed, sorted({entry.type for entry in (named or iam)})
