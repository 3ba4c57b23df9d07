"""Tags of identities and configuration sets."""

from __future__ import annotations

from typing import Any

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal

V: Version = "sesv2"


class TaggingOperations(Operations):
    """Tags of identities and configuration sets."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.tags,
        }

    def tag(self, call: ApiCall) -> Result:
        """TagResource."""
        new = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
        self._tagged(call).update(new)
        return {}

    def untag(self, call: ApiCall) -> Result:
        """UntagResource."""
        held = self._tagged(call)
        for key in call.params["TagKeys"]:
            held.pop(key, None)
        return {}

    def tags(self, call: ApiCall) -> Result:
        """ListTagsForResource."""
        return {"Tags": [{"Key": k, "Value": v} for k, v in self._tagged(call).items()]}

    def _tagged(self, call: ApiCall) -> dict[str, str]:
        arn, account = call.params["ResourceArn"], self._account(call)
        kind, _, name = arn.rpartition(":")[2].partition("/")
        held: Any = {"identity": account.identities, "configuration-set": account.sets}.get(kind)
        if held is None:
            raise Unsupported(f"the local SES keeps no tags of a {kind}", where=arn)
        if name not in held:
            raise refusal(V, "not_found", f"Resource {arn} does not exist")
        tags: dict[str, str] = held[name].tags
        return tags
