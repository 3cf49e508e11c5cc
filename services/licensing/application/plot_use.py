"""Draw a pool's use over a schooljaar as an SVG: the same facts give the same bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from services.licensing.domain.projection import Outlook
from services.licensing.domain.report import Curve, PoolTotal
from shared.clock import Schooljaar
from shared.mail.templates import dutch_date

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Dark enough on white for whoever sees little contrast (WCAG 2.2, 1.4.3 and 1.4.11), and told
# apart by whoever sees no red and green; what a line is also stands beside it.
_USED, _GRANTED, _INK, _FAINT = "#14508c", "#a34700", "#222222", "#dddddd"
_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_SIZE = (9.6, 4.8)
# Names are names: a dollar sign in one begins no formula.
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "koppeling",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
}
_HEADROOM = 1.15
# matplotlib's style is the whole process's.
_ONE_AT_A_TIME = Lock()
# So wide is a label.
_LABEL_DAYS = 80


@dataclass(frozen=True)
class PlotFacts:
    """What is drawn, and the day it is drawn on."""

    license_product: str
    schooljaar: Schooljaar
    today: date
    pool: PoolTotal
    curve: Curve

    @property
    def until(self) -> date:
        """The last day that is known: today, or the end of a schooljaar that is over."""
        return min(max(self.today, self.schooljaar.first_day), self.schooljaar.last_day)


def plot_use(facts: PlotFacts) -> bytes:
    """An SVG with a title and a description for whoever cannot see it."""
    # Here, and not above: it takes half a second and 60 MB, which the hot path must not pay.
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    file = io.StringIO()
    with _ONE_AT_A_TIME, rc_context(_STYLE):
        figure = Figure(figsize=_SIZE, layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.12))
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _draw(axes, facts)
        nothing: Any = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(file, format="svg", metadata=nothing)
    return _accessible(file.getvalue(), facts).encode()


def summary(facts: PlotFacts) -> str:
    """One Dutch sentence that says what the picture shows."""
    pool = facts.pool
    said = f"{pool.used} van {pool.granted} licenties in gebruik, {pool.left} over"
    projection = pool.projection
    match projection.outlook:
        case Outlook.RUNS_OUT if projection.runs_out_on is not None:
            return f"{said}; in dit tempo op rond {dutch_date(projection.runs_out_on)}"
        case Outlook.LASTS:
            return f"{said}; in dit tempo genoeg voor dit schooljaar"
        case Outlook.EMPTY if pool.overdrawn_by:
            return f"{said}; {pool.overdrawn_by} meer dan er zijn"
        case Outlook.EMPTY:
            return f"{said}; alle licenties zijn op"
        case _:
            return f"{said}; nog te weinig gebruik voor een prognose"


def _draw(axes: "Axes", facts: PlotFacts) -> None:
    first, last = facts.schooljaar.first_day, facts.schooljaar.last_day
    pool = facts.pool
    used_days, used = _steps(facts.curve.used, first, facts.until)
    granted_days, granted = _steps(facts.curve.granted, first, last)
    x: Any = used_days
    axes.fill_between(x, used, step="post", color=_USED, alpha=0.12, linewidth=0)
    axes.step(x, used, where="post", color=_USED, linewidth=2.4)
    axes.step(granted_days, granted, where="post", color=_GRANTED, linewidth=2, linestyle="-")
    highest = max(pool.granted, pool.used, *granted, 1)
    _label(axes, last, pool.granted, f"toegekend: {pool.granted}", _GRANTED, above=True)
    if first <= facts.today <= last:
        highest = max(highest, _draw_ahead(axes, facts))
        is_late = (last - facts.today).days < _LABEL_DAYS
        axes.axvline(_x(facts.today), color=_INK, linewidth=0.8, linestyle=":")
        axes.annotate(
            "vandaag",
            (_x(facts.today), 1),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if is_late else 4, -12),
            textcoords="offset points",
            ha="right" if is_late else "left",
            color=_INK,
            fontsize=9,
        )
    axes.set_ylim(0, highest * _HEADROOM)
    _frame(axes, facts)


def _draw_ahead(axes: "Axes", facts: PlotFacts) -> int:
    """Draw where it goes in this tempo, and say when it ends; returns the highest point of it."""
    pool, last = facts.pool, facts.schooljaar.last_day
    projection = pool.projection
    label = f"in gebruik: {pool.used}"
    axes.plot([_x(facts.until)], [pool.used], marker="o", markersize=7, color=_USED)
    is_early = (facts.until - facts.schooljaar.first_day).days < _LABEL_DAYS
    axes.annotate(
        label,
        (_x(facts.until), pool.used),
        xytext=(10 if is_early else -8, -4 if is_early else 8),
        textcoords="offset points",
        ha="left" if is_early else "right",
        color=_USED,
        fontweight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )
    if projection.runs_out_on is not None:
        end, height = projection.runs_out_on, pool.granted
        said = f"op rond {end.day} {_MONTHS[end.month - 1]}"
    elif projection.outlook is Outlook.LASTS and projection.expected_at_end is not None:
        end, height = last, projection.expected_at_end
        said = f"verwacht: {height}"
    else:
        return pool.used
    axes.plot(
        [_x(facts.until), _x(end)], [pool.used, height], color=_USED, linewidth=2, linestyle="--"
    )
    axes.plot([_x(end)], [height], marker="D", markersize=6, color=_USED, clip_on=False)
    _label(axes, end, height, said, _USED, above=projection.runs_out_on is not None)
    return height


def _label(axes: "Axes", day: date, height: int, text: str, colour: str, *, above: bool) -> None:
    axes.annotate(
        text,
        (_x(day), height),
        xytext=(0, 9 if above else -18),
        textcoords="offset points",
        ha="right",
        color=colour,
        fontweight="bold",
    )


def _frame(axes: "Axes", facts: PlotFacts) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as above

    first, last = facts.schooljaar.first_day, facts.schooljaar.last_day
    months = [_month(first, number) for number in range(12)]
    axes.set_xlim(_x(first), _x(last + timedelta(days=1)))
    axes.set_xticks([_x(month) for month in months], [_MONTHS[month.month - 1] for month in months])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("licenties", color=_INK)
    axes.grid(axis="y", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title(
        f"{facts.license_product}, schooljaar {facts.schooljaar}",
        loc="left",
        color=_INK,
        fontsize=14,
        fontweight="bold",
        pad=28,
    )
    axes.text(0, 1.045, summary(facts), transform=axes.transAxes, color=_INK, fontsize=10.5)


def _steps(
    points: Sequence[tuple[date, int]], first: date, last: date
) -> tuple[list[float], list[int]]:
    """The running total from the first day to the last: what was booked before is there at once."""
    days, heights = [_x(first)], [0]
    for day, total in points:
        days.append(_x(min(max(day, first), last)))
        heights.append(total)
    days.append(_x(last))
    heights.append(heights[-1])
    return days, heights


def _x(day: date) -> float:
    return float(day.toordinal())


def _month(first: date, number: int) -> date:
    months = first.month - 1 + number
    return date(first.year + months // 12, months % 12 + 1, 1)


def _accessible(svg: str, facts: PlotFacts) -> str:
    title = escape(f"Gebruik van {facts.license_product}, schooljaar {facts.schooljaar}")
    said = escape(f"{summary(facts)}. Stand van {dutch_date(facts.until)}.")
    head, tag, rest = svg.partition("<svg ")
    attributes, close, body = rest.partition(">")
    named = f'role="img" lang="nl" aria-labelledby="title desc" {attributes}'
    words = f'\n <title id="title">{title}</title>\n <desc id="desc">{said}</desc>'
    return f"{head}{tag}{named}{close}{words}{body}"
