"""Configuration sets in the first API."""

from __future__ import annotations

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ses import resources
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version

V: Version = "ses"


class SetsOperations(Operations):
    """Configuration sets in the first API."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "CreateConfigurationSet": self.create_set,
            "DeleteConfigurationSet": self.delete_set,
            "DescribeConfigurationSet": self.describe_set,
            "ListConfigurationSets": self.list_sets,
            "UpdateConfigurationSetSendingEnabled": self.enable_set,
            "CreateConfigurationSetEventDestination": self.create_destination,
            "UpdateConfigurationSetEventDestination": self.update_destination,
            "DeleteConfigurationSetEventDestination": self.delete_destination,
        }

    def create_set(self, call: ApiCall) -> Result:
        """CreateConfigurationSet."""
        resources.new_set(self._account(call), V, call.params["ConfigurationSet"]["Name"])
        return {}

    def delete_set(self, call: ApiCall) -> Result:
        """DeleteConfigurationSet."""
        account = self._account(call)
        found = resources.configuration_set(account, V, call.params["ConfigurationSetName"])
        del account.sets[found.name]
        return {}

    def describe_set(self, call: ApiCall) -> Result:
        """DescribeConfigurationSet."""
        found = resources.configuration_set(
            self._account(call), V, call.params["ConfigurationSetName"]
        )
        return {
            "ConfigurationSet": {"Name": found.name},
            "EventDestinations": [
                {
                    "Name": one.name,
                    "Enabled": one.enabled,
                    "MatchingEventTypes": sorted(_event_name(t) for t in one.types),
                    "SNSDestination": {"TopicARN": one.topic},
                }
                for one in found.destinations.values()
            ],
            "ReputationOptions": {"SendingEnabled": found.sending},
        }

    def list_sets(self, call: ApiCall) -> Result:
        """ListConfigurationSets."""
        return {"ConfigurationSets": [{"Name": name} for name in self._account(call).sets]}

    def enable_set(self, call: ApiCall) -> Result:
        """UpdateConfigurationSetSendingEnabled."""
        name = call.params["ConfigurationSetName"]
        found = resources.configuration_set(self._account(call), V, name)
        found.sending = bool(call.params["Enabled"])
        return {}

    def create_destination(self, call: ApiCall) -> Result:
        """CreateConfigurationSetEventDestination."""
        return self._destination(call, new=True)

    def update_destination(self, call: ApiCall) -> Result:
        """UpdateConfigurationSetEventDestination."""
        return self._destination(call, new=False)

    def delete_destination(self, call: ApiCall) -> Result:
        """DeleteConfigurationSetEventDestination."""
        found = resources.configuration_set(
            self._account(call), V, call.params["ConfigurationSetName"]
        )
        name = call.params["EventDestinationName"]
        if found.destinations.pop(name, None) is None:
            message = f"No EventDestination found for {name}"
            raise ApiRefusal("EventDestinationDoesNotExist", message)
        return {}

    def _destination(self, call: ApiCall, *, new: bool) -> Result:
        found = resources.configuration_set(
            self._account(call), V, call.params["ConfigurationSetName"]
        )
        given = call.params["EventDestination"]
        name = given["Name"]
        if new and name in found.destinations:
            message = f"An event destination with name <{name}> already exists."
            raise ApiRefusal("EventDestinationAlreadyExists", message)
        if not new and name not in found.destinations:
            message = f"No EventDestination found for {name}"
            raise ApiRefusal("EventDestinationDoesNotExist", message)
        found.destinations[name] = resources.destination(
            name,
            given.get("Enabled", False),
            given["MatchingEventTypes"],
            given.get("SNSDestination", {}).get("TopicARN"),
            [k for k in given if k.endswith("Destination") and k != "SNSDestination"],
        )
        return {}


def _event_name(kind: str) -> str:
    return {"RENDERING_FAILURE": "renderingFailure"}.get(kind, kind.lower())
