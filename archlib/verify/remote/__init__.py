"""A cloud that is served in another process, as the place where a template is judged.

:class:`RemoteCloud` has what :func:`archlib.verify.verify` needs of a cloud; flows and checks are
the same. Deploying is the plain CloudFormation API, flows use boto3 and HTTP by the real host
names, through the served cloud's proxy and with its certificates. What no AWS API has (the clock,
the outbox, the trace) comes from the server's own surface.
"""

from __future__ import annotations

from archlib.verify.remote.cloud import RemoteCloud, Remotely

__all__ = ["RemoteCloud", "Remotely"]
