"""Exercises on paid content. Every answer is run: deployed, used by viewers, and judged."""

from __future__ import annotations

from archlib.scenarios.paid_content.exercises.mend import MEND, broken
from archlib.scenarios.paid_content.exercises.months import MONTHS
from archlib.scenarios.paid_content.exercises.policy import POLICY
from archlib.scenarios.paid_content.exercises.rotation import ROTATION
from archlib.scenarios.paid_content.exercises.which import WHICH

EXERCISES = (POLICY, MONTHS, WHICH, ROTATION, MEND)

__all__ = ["EXERCISES", "broken"]
