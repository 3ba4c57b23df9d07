"""AWS::CloudFront::PublicKey and AWS::CloudFront::KeyGroup."""

from __future__ import annotations

from archlib.local.deploy.providers.cloudfront.configured import configured
from archlib.local.deploy.spec import record

PUBLIC_KEY = configured(
    "AWS::CloudFront::PublicKey",
    record("CallerReference! Comment EncodedKey! Name!"),
    attributes=("CreatedTime", "Id"),
    notes="Only its comment can change; an update of anything else fails, as the API has it.",
)

KEY_GROUP = configured(
    "AWS::CloudFront::KeyGroup",
    record("Comment Items:[]! Name!"),
    attributes=("Id", "LastModifiedTime"),
)
