"""What the local cloud honours and refuses, as one page made of the code's own tables."""

from archlib.coverage.facts import Facts, gather
from archlib.coverage.page import page

__all__ = ["Facts", "gather", "page"]
