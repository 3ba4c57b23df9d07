"""Templates in the second API."""

from __future__ import annotations

from typing import Any

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.ses import resources
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.sending import parse_data
from archlib.local.ses.templates import RenderingFailure, Template, render

V: Version = "sesv2"


class TemplatesOperations(Operations):
    """Templates in the second API."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "CreateEmailTemplate": self.create_template,
            "UpdateEmailTemplate": self.update_template,
            "GetEmailTemplate": self.get_template,
            "ListEmailTemplates": self.list_templates,
            "DeleteEmailTemplate": self.delete_template,
            "TestRenderEmailTemplate": self.test_render,
        }

    def create_template(self, call: ApiCall) -> Result:
        """CreateEmailTemplate."""
        account, made = self._account(call), _template(call.params)
        resources.new_template(account, V, made)
        account.template_times[made.name] = self._services.clock.now()
        return {}

    def update_template(self, call: ApiCall) -> Result:
        """UpdateEmailTemplate."""
        account, made = self._account(call), _template(call.params)
        resources.template(account, V, made.name)
        account.templates[made.name] = made
        return {}

    def get_template(self, call: ApiCall) -> Result:
        """GetEmailTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        content = {"Subject": found.subject, "Text": found.text, "Html": found.html}
        return {
            "TemplateName": found.name,
            "TemplateContent": {k: v for k, v in content.items() if v},
        }

    def list_templates(self, call: ApiCall) -> Result:
        """ListEmailTemplates."""
        account = self._account(call)
        return {
            "TemplatesMetadata": [
                {"TemplateName": name, "CreatedTimestamp": account.template_times[name]}
                for name in account.templates
            ]
        }

    def delete_template(self, call: ApiCall) -> Result:
        """DeleteEmailTemplate."""
        account = self._account(call)
        del account.templates[resources.template(account, V, call.params["TemplateName"]).name]
        return {}

    def test_render(self, call: ApiCall) -> Result:
        """TestRenderEmailTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        try:
            made = render(found, parse_data(V, call.params["TemplateData"]))
        except RenderingFailure as failure:
            raise refusal(V, "invalid", str(failure)) from None
        return {"RenderedTemplate": f"Subject: {made.subject}\r\n\r\n{made.text}\r\n{made.html}"}


def _template(params: dict[str, Any]) -> Template:
    content = params["TemplateContent"]
    return Template(
        params["TemplateName"],
        content.get("Subject", ""),
        content.get("Text", ""),
        content.get("Html", ""),
    )
