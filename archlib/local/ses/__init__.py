"""Amazon SES: identities, the sandbox, templates and mail that really arrives in the outbox."""

from archlib.local.ses.links import verification_link
from archlib.local.ses.plane import SesPlane

__all__ = ["SesPlane", "verification_link"]
