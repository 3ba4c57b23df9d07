"""The workbook of one scenario: everything a notebook shows, at hand under one name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archlib.errors import UsageError
from archlib.local.pace import unhurried_collector
from archlib.scenarios import scenario
from archlib.verify import Report, Site, verify
from archlib.verify import ablation as ablations
from archlib.verify.check import Fault
from archlib.verify.faulty import damaged, try_faults
from archlib.workbook import design, judgements
from archlib.workbook import exercises as asking
from archlib.workbook.cells import Bar, Cell, Code, cell
from archlib.workbook.closed import WALL, hosts_of
from archlib.workbook.exhibit import Drawing, Exhibit, Page
from archlib.workbook.link import taken_apart
from archlib.workbook.listing import Listing
from archlib.workbook.live import Live, go_live
from archlib.workbook.looks import Look
from archlib.workbook.photos import Photos
from archlib.workbook.table import Table, table

if TYPE_CHECKING:
    from archlib.architecture import Architecture
    from archlib.local import LocalCloud
    from archlib.local.deploy.deployment import Deployment
    from archlib.template import Emitted, Template


class Mistake(UsageError):
    """A reader's mistake: a notebook shows one line of it, not a traceback."""


class Workbook:
    """A scenario opened for reading and trying out.

    ``start()`` enters a local cloud and deploys; ``trace()`` shows what happened since the last
    look. :meth:`verdicts`, :meth:`break_it`, :meth:`without` and :meth:`check` judge in clouds of
    their own, and only one cloud can be active in a process: ``stop()`` first.
    """

    def __init__(self, name: str) -> None:
        self.scenario = scenario(name)
        self.architecture = self.scenario.architecture()
        self._live: Live | None = None
        self._reports: dict[tuple[str, ...] | None, Report] = {}

    # -- the design ------------------------------------------------------------------------------

    def requirements(self) -> Table:
        """What the design must do."""
        return design.requirements(self.architecture)

    def picture(self, view: str = "") -> Drawing:
        """The architecture's diagram; of a design with several views, the one called ``view``.

        Raises :class:`Mistake` for a view that the design does not have.
        """
        from archlib.diagram import render

        shown = self.architecture
        if view:
            try:
                shown = shown.view(view)
            except KeyError:
                known = ", ".join(one.name for one in shown.views) or "none"
                raise Mistake(f"there is no view {view!r}", hint=f"known: {known}") from None
        drawn = render(shown)
        return Drawing(drawn, f"{drawn.scene.title}: {drawn.scene.description}")

    def connections(self) -> Table:
        """Every arrow, with the verb that made it."""
        return design.connections(self.architecture)

    def template(self, *names: str, variant: str = "", metadata: bool = False) -> Listing:
        """Resources of the template as YAML: logical ids, or components for all they have.

        Without names, the whole template; with ``variant``, that of another build of the design.
        Raises :class:`Mistake` for an unknown name.
        """
        whole = self._built(variant)[1].template
        if not names:
            return Listing(whole.to_yaml(), "yaml")
        try:
            return Listing(design.excerpt(whole, names, metadata), "yaml")
        except KeyError as error:
            raise Mistake(
                f"the template has no resource and no component called {error.args[0]!r}",
                hint="resources() lists them",
            ) from None

    def resources(self) -> Table:
        """What the template holds: for each component, its resources and why they are there."""
        return design.resources(self._emitted.template)

    @unhurried_collector()
    def lint(self, *, variant: str = "") -> Table:
        """What cfn-lint says with all its rules, and what was silenced for which reason.

        Without ``variant``, of the design's own template. Raises :class:`Mistake` for a variant
        that is not known.
        """
        return design.linted(self._built(variant)[1].template)

    # -- the running system ----------------------------------------------------------------------

    @unhurried_collector()
    def start(self, *, variant: str = "", fault: str = "", without: str = "") -> Site:
        """Enter a new local cloud and deploy; what ran before is gone.

        ``variant`` deploys another build of the design, ``fault`` a damaged template (of the build
        that the fault is about, if no other is named), ``without`` one that lacks a part. Returns
        the deployment as its users see it.
        """
        named = self._fault(fault) if fault else None
        architecture, emitted = self._built(variant or (named.variant if named else ""))
        template = emitted.template
        if named:
            template = self._damaged(template, named)
        if without:
            template = ablations.without(template, self._part(template, without))
        self.stop()
        WALL.open()
        self._live = go_live(self.scenario.name, architecture, template, emitted.assets)
        return self._live.site

    def stop(self) -> None:
        """Leave the local cloud; harmless when none is running.

        Calls to what was deployed are refused from then on, until another ``start()``.
        """
        if self._live is not None:
            cloud = self._live.cloud
            hosts = hosts_of(self._live.deployment, cloud.region)
            cloud.stop()
            WALL.close(hosts, self.scenario.name)
        self._live = None

    @property
    def live(self) -> Live:
        """What is running; raises :class:`Mistake` when nothing is."""
        if self._live is None:
            raise Mistake("no cloud is running", hint="call start() first")
        return self._live

    @property
    def cloud(self) -> LocalCloud:
        """The running cloud: its clock, its outbox, its administrator's clients."""
        return self.live.cloud

    @property
    def site(self) -> Site:
        """The deployment as its users see it."""
        return self.live.site

    @property
    def deployment(self) -> Deployment:
        """The deployed stack: outputs, and resources by logical id."""
        return self.live.deployment

    def outputs(self) -> Table:
        """What the stack tells its users."""
        count = len(self.deployment.resources)
        return table(
            f"Stack {self.deployment.stack_name}: {count} resources created; outputs",
            ("output", "value"),
            ((name, Code(value)) for name, value in self.deployment.outputs.items()),
        )

    def look(self, title: str = "Trace") -> Look:
        """What happened since the last look; the administrator's calls are left out."""
        return self.live.look(title)

    def trace(self, title: str, view: str = "") -> Page:
        """What happened since the last look, on the picture.

        Of a design with several views it is the one called ``view``, or else the first that has
        all of what happened (the one that has most of it, if none has all).
        """
        return self.look(title).page("picture", view)

    def sequence(self, title: str) -> Page:
        """What happened since the last look, as a sequence diagram."""
        return self.look(title).page("sequence")

    # -- judging -----------------------------------------------------------------------------------

    def verdicts(self) -> Table:
        """Deploy anew, let every flow run, and judge every requirement."""
        return judgements.verdicts(self.report())

    @unhurried_collector()
    def report(self, only: Sequence[str] | None = None) -> Report:
        """The report behind the verdicts, made once; ``only`` names the checks to run."""
        key = None if only is None else tuple(only)
        if key not in self._reports:
            self._alone("judge")
            self._reports[key] = verify(self.scenario, self._emitted.template, only=only)
        return self._reports[key]

    def faults(self) -> Table:
        """Every known way to damage the template, and the check that notices it."""
        return table(
            f"{len(self.scenario.faults)} faults",
            ("fault", "what is wrong", "caught by"),
            ((Code(f.name), f.title, Code(f.caught_by)) for f in self.scenario.faults),
            folded="All known faults",
        )

    @unhurried_collector()
    def break_it(self, name: str) -> Page:
        """Put one fault into the template: what changes, and what its check says then."""
        fault = self._fault(name)
        whole = self._built(fault.variant)[1].template
        self._alone("break anything")
        (found,) = try_faults(self.scenario, self._emitted.template, only=[name])
        known = None in self._reports
        before = self.report(None if known else [fault.caught_by]).finding(fault.caught_by)
        return judgements.caught(found, before.evidence.observed, whole, damaged(whole, fault))

    @unhurried_collector()
    def without(self, name: str, *, requirements: Sequence[str] | None = None) -> Page:
        """Take a resource or a policy statement out of the template: which verdicts turn?

        ``name`` is a logical id or a statement's Sid. ``requirements`` (ids) narrows what is
        judged; otherwise everything is.
        """
        whole = self._emitted.template
        taken = self._part(whole, name)
        self._alone("take anything out")
        only = None if requirements is None else self._checks_of(requirements)
        full = self._reports.get(None)
        before = full or self.report(only)
        found = ablations.ablate(self.scenario, whole, taken, before=before, only=only)
        return judgements.ablated(found, whole, ablations.without(whole, taken))

    # -- comparing ---------------------------------------------------------------------------------

    def compare(
        self,
        caption: str,
        rows: Mapping[str, Mapping[str, Cell | str | int | float]],
        *,
        bars: Sequence[str] = (),
        note: str = "",
    ) -> Table:
        """A small table of an experiment: a row for each thing compared, a column for each figure.

        ``bars`` names the columns that are drawn as bars too, to one scale each.
        """
        columns = list(dict.fromkeys(name for row in rows.values() for name in row))
        full = {name: max(float(str(row.get(name, 0))) for row in rows.values()) for name in bars}
        return table(
            caption,
            ("", *columns),
            (
                (label, *(_figure(row.get(name, ""), full.get(name)) for name in columns))
                for label, row in rows.items()
            ),
            note,
        )

    def link(self, url: str, title: str = "A signed URL") -> Table:
        """A signed URL taken apart: CloudFront's or S3's, a line for each part."""
        return taken_apart(url, title)

    def photos(self, title: str, photos: Mapping[str, bytes]) -> Photos:
        """Pictures side by side, each with a line below it; :class:`UsageError` for no photo."""
        shown = Photos(title, dict(photos))
        shown.text()  # opens them: what is no photo is told now, not while it is displayed
        return shown

    # -- exercises ---------------------------------------------------------------------------------

    def exercises(self) -> Table:
        """What there is to try."""
        return table(
            "Exercises",
            ("id", "exercise"),
            ((Code(name), one.title) for name, one in asking.exercises(self.scenario.name).items()),
        )

    def exercise(self, name: str) -> Exhibit:
        """A question, with hints to unfold."""
        return asking.asked(asking.named(self.scenario.name, name))

    @unhurried_collector()
    def check(self, name: str, answer: Any) -> asking.Result:
        """Run an answer and say whether it does what was asked; None invites to answer."""
        chosen = asking.named(self.scenario.name, name)
        if answer is not None:
            self._alone("check an answer")
        return asking.mark(chosen, answer)

    # -- inside ------------------------------------------------------------------------------------

    @cached_property
    def _emitted(self) -> Emitted:
        from archlib.template import emit

        return emit(self.architecture)

    def _built(self, variant: str) -> tuple[Architecture, Emitted]:
        """The design, or another build of it, with its template and code."""
        from archlib.template import emit

        if not variant:
            return self.architecture, self._emitted
        if variant not in self.scenario.variants:
            known = ", ".join(self.scenario.variants)
            raise Mistake(f"there is no variant {variant!r}", hint=f"known: {known}")
        architecture = self.scenario.variants[variant]()
        return architecture, emit(architecture)

    def _alone(self, what: str) -> None:
        if self._live is not None:
            raise Mistake(
                f"cannot {what} while this book's cloud is running: a process holds one cloud",
                hint="call stop() first, and start() when you want it back",
            )

    def _damaged(self, template: Template, fault: Fault) -> Template:
        try:
            return damaged(template, fault)
        except KeyError as missing:
            raise Mistake(f"{fault.name} does not fit: the template has no {missing}") from None

    def _fault(self, name: str) -> Fault:
        for fault in self.scenario.faults:
            if fault.name == name:
                return fault
        raise Mistake(f"there is no fault {name!r}", hint="faults() lists them")

    def _part(self, template: Template, name: str) -> ablations.Part:
        try:
            return ablations.part(template, name)
        except UsageError as error:
            raise Mistake(error.message, hint=error.hint) from None

    def _checks_of(self, requirements: Sequence[str]) -> list[str]:
        known = {r.id for r in self.architecture.requirements}
        if strange := [r for r in requirements if r not in known]:
            raise Mistake(f"there is no requirement {', '.join(strange)}")
        return [c.id for c in self.scenario.checks if c.requirement in requirements]


def _figure(value: Cell | str | int | float, full: float | None) -> Cell:
    if full is not None and isinstance(value, int | float):
        return Bar(float(value), full)
    return cell(value)


__all__ = ["Mistake", "Workbook"]
