"""Configuration sets in the second API."""

from __future__ import annotations

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.ses import resources
from archlib.local.ses.account import ConfigurationSet
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal

V: Version = "sesv2"


class SetsOperations(Operations):
    """Configuration sets in the second API."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "CreateConfigurationSet": self.create_set,
            "GetConfigurationSet": self.get_set,
            "DeleteConfigurationSet": self.delete_set,
            "ListConfigurationSets": self.list_sets,
            "PutConfigurationSetSendingOptions": self.put_set_sending,
            "PutConfigurationSetSuppressionOptions": self.put_set_suppression,
            "CreateConfigurationSetEventDestination": self.create_destination,
            "UpdateConfigurationSetEventDestination": self.update_destination,
            "GetConfigurationSetEventDestinations": self.destinations,
            "DeleteConfigurationSetEventDestination": self.delete_destination,
        }

    def create_set(self, call: ApiCall) -> Result:
        """CreateConfigurationSet."""
        params = call.params
        made = resources.new_set(self._account(call), V, params["ConfigurationSetName"])
        made.sending = params.get("SendingOptions", {}).get("SendingEnabled", True)
        if "SuppressionOptions" in params:
            made.suppressed = tuple(params["SuppressionOptions"].get("SuppressedReasons") or ())
        made.tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or ()}
        kept = ("TrackingOptions", "DeliveryOptions", "ReputationOptions", "VdmOptions")
        made.options = {name: params[name] for name in kept if name in params}
        return {}

    def get_set(self, call: ApiCall) -> Result:
        """GetConfigurationSet."""
        found = self._set(call)
        shown: Result = {
            "ConfigurationSetName": found.name,
            "SendingOptions": {"SendingEnabled": found.sending},
            "Tags": [{"Key": k, "Value": v} for k, v in found.tags.items()],
            **found.options,
        }
        if found.suppressed is not None:
            shown["SuppressionOptions"] = {"SuppressedReasons": list(found.suppressed)}
        return shown

    def delete_set(self, call: ApiCall) -> Result:
        """DeleteConfigurationSet."""
        del self._account(call).sets[self._set(call).name]
        return {}

    def list_sets(self, call: ApiCall) -> Result:
        """ListConfigurationSets."""
        return {"ConfigurationSets": list(self._account(call).sets)}

    def put_set_sending(self, call: ApiCall) -> Result:
        """PutConfigurationSetSendingOptions."""
        self._set(call).sending = bool(call.params.get("SendingEnabled", False))
        return {}

    def put_set_suppression(self, call: ApiCall) -> Result:
        """PutConfigurationSetSuppressionOptions."""
        given = call.params.get("SuppressedReasons")
        self._set(call).suppressed = None if given is None else tuple(given)
        return {}

    def create_destination(self, call: ApiCall) -> Result:
        """CreateConfigurationSetEventDestination."""
        found, name = self._set(call), call.params["EventDestinationName"]
        if name in found.destinations:
            raise refusal(V, "exists", f"Event destination <{name}> already exists.")
        return self._destination(call, found, name)

    def update_destination(self, call: ApiCall) -> Result:
        """UpdateConfigurationSetEventDestination."""
        found, name = self._set(call), call.params["EventDestinationName"]
        if name not in found.destinations:
            raise refusal(V, "not_found", f"No EventDestination found for {name}")
        return self._destination(call, found, name)

    def _destination(self, call: ApiCall, found: ConfigurationSet, name: str) -> Result:
        given = call.params["EventDestination"]
        found.destinations[name] = resources.destination(
            name,
            given.get("Enabled", False),
            given.get("MatchingEventTypes", []),
            given.get("SnsDestination", {}).get("TopicArn"),
            [k for k in given if k.endswith("Destination") and k != "SnsDestination"],
        )
        return {}

    def destinations(self, call: ApiCall) -> Result:
        """GetConfigurationSetEventDestinations."""
        return {
            "EventDestinations": [
                {
                    "Name": one.name,
                    "Enabled": one.enabled,
                    "MatchingEventTypes": sorted(one.types),
                    "SnsDestination": {"TopicArn": one.topic},
                }
                for one in self._set(call).destinations.values()
            ]
        }

    def delete_destination(self, call: ApiCall) -> Result:
        """DeleteConfigurationSetEventDestination."""
        name = call.params["EventDestinationName"]
        if self._set(call).destinations.pop(name, None) is None:
            raise refusal(V, "not_found", f"No EventDestination found for {name}")
        return {}

    def _set(self, call: ApiCall) -> ConfigurationSet:
        name = call.params["ConfigurationSetName"]
        return resources.configuration_set(self._account(call), V, name)
