"""Templates in the first API."""

from __future__ import annotations

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.ses import resources
from archlib.local.ses.operations import Operations
from archlib.local.ses.refusals import Version
from archlib.local.ses.sending import parse_data
from archlib.local.ses.templates import RenderingFailure, Template, render

V: Version = "ses"


class TemplatesOperations(Operations):
    """Templates in the first API."""

    @property
    def handlers(self) -> dict[str, Handler]:
        """By operation."""
        return {
            "CreateTemplate": self.create_template,
            "UpdateTemplate": self.update_template,
            "GetTemplate": self.get_template,
            "ListTemplates": self.list_templates,
            "DeleteTemplate": self.delete_template,
            "TestRenderTemplate": self.test_render,
        }

    def create_template(self, call: ApiCall) -> Result:
        """CreateTemplate."""
        account, made = self._account(call), _template(call.params["Template"])
        resources.new_template(account, V, made)
        account.template_times[made.name] = self._services.clock.now()
        return {}

    def update_template(self, call: ApiCall) -> Result:
        """UpdateTemplate."""
        account, made = self._account(call), _template(call.params["Template"])
        resources.template(account, V, made.name)
        account.templates[made.name] = made
        return {}

    def get_template(self, call: ApiCall) -> Result:
        """GetTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        shown = {"SubjectPart": found.subject, "TextPart": found.text, "HtmlPart": found.html}
        return {"Template": {"TemplateName": found.name, **{k: v for k, v in shown.items() if v}}}

    def list_templates(self, call: ApiCall) -> Result:
        """ListTemplates."""
        times = self._account(call).template_times
        return {
            "TemplatesMetadata": [
                {"Name": name, "CreatedTimestamp": times[name]}
                for name in self._account(call).templates
            ]
        }

    def delete_template(self, call: ApiCall) -> Result:
        """DeleteTemplate."""
        self._account(call).templates.pop(call.params["TemplateName"], None)
        return {}

    def test_render(self, call: ApiCall) -> Result:
        """TestRenderTemplate."""
        found = resources.template(self._account(call), V, call.params["TemplateName"])
        try:
            made = render(found, parse_data(V, call.params["TemplateData"]))
        except RenderingFailure as failure:
            raise ApiRefusal("MissingRenderingAttribute", str(failure)) from None
        return {"RenderedTemplate": f"Subject: {made.subject}\r\n\r\n{made.text}\r\n{made.html}"}


def _template(given: dict[str, str]) -> Template:
    return Template(
        given["TemplateName"],
        given.get("SubjectPart", ""),
        given.get("TextPart", ""),
        given.get("HtmlPart", ""),
    )
