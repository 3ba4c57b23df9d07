"""The checks of paid content, one module per group of requirements."""

from archlib.scenarios.paid_content.checks.delivery import DELIVERY
from archlib.scenarios.paid_content.checks.keeping import KEEPING
from archlib.scenarios.paid_content.checks.links import LINKS
from archlib.scenarios.paid_content.checks.people import PEOPLE

CHECKS = (*PEOPLE, *LINKS, *DELIVERY, *KEEPING)

__all__ = ["CHECKS"]
