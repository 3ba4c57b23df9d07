"""Sizes (pixels) and colours of the pictures."""

from __future__ import annotations

ICON = 64.0
TITLE_SIZE, LABEL_SIZE = 14.0, 13.0
TITLE_WIDTH, LABEL_WIDTH = 124.0, 120.0
LINE_HEIGHT = 1.25
TITLE_GAP = 4.0  # between an icon and its title
PORT_GAP = 3.0  # between an icon and the arrow that touches it
CORNER = 8.0  # radius of an arrow's corners
HEAD_LENGTH, HEAD_HALF = 10.0, 4.5
TRACK = 20.0  # between parallel arrows
INNER_GAP, ROW_GAP = 58.0, 52.0
BOX_PAD, BOX_TITLE = 14.0, 22.0
LOOP_HEIGHT, LOOP_HALF = 22.0, 13.0
NOTE_HEIGHT, BADGE_HEIGHT = 24.0, 22.0
MARGIN = 16.0
NOTEBOOK_WIDTH = 900.0
READABLE = 11.0  # smallest text, in pixels, when the picture is as wide as a notebook
MAX_WIDTH = NOTEBOOK_WIDTH * LABEL_SIZE / READABLE

INK, QUIET = "#1F2933", "#8A94A0"
ARROW, ARROW_QUIET = "#52606D", "#C5CDD6"
TAKEN, FAILED, HIT = "#1D4ED8", "#B91C1C", "#15803D"
PAPER, BOX_STROKE = "#FFFFFF", "#9AA5B1"
BOX_FILLS = ("#F3F7FB", "#F6F4FB", "#F4F9F3", "#FDF9EE")
NOTE_FILL, NOTE_STROKE = "#FFF6D6", "#B7950B"
