"""The checks of MyTodoList, one module per group of requirements."""

from archlib.scenarios.mytodolist.checks.caching import CACHING
from archlib.scenarios.mytodolist.checks.keeping import KEEPING
from archlib.scenarios.mytodolist.checks.shape import SHAPE
from archlib.scenarios.mytodolist.checks.sharing import SHARING
from archlib.scenarios.mytodolist.checks.trust import TRUST

CHECKS = (*SHAPE, *TRUST, *KEEPING, *SHARING, *CACHING)

__all__ = ["CHECKS"]
