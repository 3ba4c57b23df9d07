"""The checks of MyBlog, one module per group of requirements."""

from archlib.scenarios.myblog.checks.edges import EDGES
from archlib.scenarios.myblog.checks.mails import MAILS
from archlib.scenarios.myblog.checks.pictures import PICTURES
from archlib.scenarios.myblog.checks.reading import READING
from archlib.scenarios.myblog.checks.transport import TRANSPORT

CHECKS = (*EDGES, *READING, *MAILS, *PICTURES, *TRANSPORT)

__all__ = ["CHECKS"]
