"""Why a signature does not let a viewer in, in CloudFront's words and in ours.

Which texts are confirmed: the AWS re:Post article "How do I troubleshoot issues related to a
signed URL or signed cookies in CloudFront?" has those of ``MissingKey`` (for a missing or empty
id) and ``InvalidKey``; answers that people report, with their XML, have these two,
``AccessDenied`` (aws-solutions-library-samples/video-on-demand-on-aws issue 100),
``MalformedPolicy`` (aws/aws-sdk-js issue 2236) and ``MalformedSignature``. ``MissingSignature``
is not confirmed: it is worded like ``MissingKey``.
"""

from __future__ import annotations

from collections.abc import Mapping

MISSING_KEY = "MissingKey"
UNKNOWN_KEY = "InvalidKey"
MISSING_SIGNATURE = "MissingSignature"
MALFORMED_SIGNATURE = "MalformedSignature"
MALFORMED_POLICY = "MalformedPolicy"
DENIED = "AccessDenied"

#: Code -> the message that goes with it.
MESSAGES: Mapping[str, str] = {
    MISSING_KEY: "Missing Key-Pair-Id query parameter or cookie value",
    UNKNOWN_KEY: "Unknown Key",
    MISSING_SIGNATURE: "Missing Signature query parameter or cookie value",
    MALFORMED_SIGNATURE: "Could not unencode Signature",
    MALFORMED_POLICY: "Malformed Policy",
    DENIED: "Access denied",
}


class Refused(Exception):
    """A request is not let in: the ``code`` the viewer is told, the ``reason`` the trace is told.

    CloudFront says no more than the code's message; which condition failed it keeps to itself.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code}: {reason}")

    @property
    def message(self) -> str:
        """What the viewer reads."""
        return MESSAGES[self.code]
