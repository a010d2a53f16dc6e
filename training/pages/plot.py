"""How a dataset has grown, as a picture of a few lines of SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from handseg.records.growth import Point
from handseg.records.splits import SPLITS
from training.pages.html import element, joined, moment

WIDTH, HEIGHT = 1000, 200


def growth_plot(points: Sequence[Point], until: datetime) -> Markup:
    """Rows over time, the splits one upon the other, from the first revision until a moment; `points` has one."""
    top = nice_number(max(point.total for point in points))
    areas = [_area(points, until, number, top) for number in reversed(range(len(SPLITS)))]
    says = f"From {points[0].total:,} to {points[-1].total:,} photos in {len(points)} revisions"
    drawing = Markup('<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, says, joined(areas)
    )
    high = element("span", f"{top:,}", kind="high")
    along = element("div", moment(points[0].at), moment(until), kind="along")
    legend = element("div", *(element("span", split, kind=split) for split in SPLITS), kind="legend")
    return element("div", element("div", high, drawing, kind="drawing"), along, legend, kind="plot")


def nice_number(least: int) -> int:
    """The first of 1, 2, 5, 10, 20, 50... that is not below `least`.

    >>> [nice_number(each) for each in (0, 3, 20, 1284)]
    [1, 5, 20, 2000]
    """
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= least:
                return step * power
        power *= 10


def _area(points: Sequence[Point], until: datetime, number: int, top: int) -> Markup:
    """A split on all that come before it: the number of rows stays as it is until the next revision."""
    begin = points[0].at.timestamp()
    length = max(until.timestamp() - begin, 1e-6)
    corners, height = [(0.0, float(HEIGHT))], float(HEIGHT)
    for point in points:
        x = WIDTH * (point.at.timestamp() - begin) / length
        rows = sum(point.rows[split] for split in SPLITS[: number + 1])
        corners += [(x, height), (x, height := HEIGHT * (1 - rows / top))]
    corners += [(float(WIDTH), height), (float(WIDTH), float(HEIGHT))]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return Markup('<polygon class="{}" points="{}"/>').format(SPLITS[number], path)
