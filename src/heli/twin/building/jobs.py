"""Building versions in the background: claimed by lease, one at a time, shown as it goes."""

from collections.abc import Callable

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.twin import background, services
from heli.twin.background import TRIES
from heli.twin.building.reading import Tell
from heli.twin.crew import Crew, Processes
from heli.twin.errors import BuildBrokeOffError
from heli.twin.models import Build, CityVersion
from heli.twin.services.builds import LEASE


class _TakenOverError(Exception):
    """Another process has taken the build up, as this one was silent for too long."""


def claim() -> Build | None:
    """Lease the oldest build that waits, or whose process has died."""
    return background.claim(Build.objects.select_related("model"), LEASE)


def _apart(build: Build) -> None:
    """Carry a build out with a process of its own that calibrates."""
    crew = Processes(1)
    try:
        carry_out(build, crew)
    except HeliError:
        pass  # It stands with the build.
    finally:
        crew.abandon()


start_due = background.OneAtATime("twin-build", claim, _apart).start_due


def carry_out(build: Build, crew: Crew | None = None) -> CityVersion:
    """Build a version that was begun or claimed, and keep it, or why it cannot be built.

    Args:
        build: What was asked for.
        crew: Who calibrates; this process by default.

    Raises:
        HeliError: Why there is none; it stands with the build.
    """
    from heli.twin.building.recipe import check_recipe  # with them comes NumPy
    from heli.twin.building.versions import build_from_exchange

    kind, _colon, key = build.asked_by.partition(":")
    try:
        if build.attempts > TRIES:
            raise BuildBrokeOffError(model=build.model.name, count=build.attempts - 1)
        return build_from_exchange(
            build.model,
            check_recipe(build.recipe),
            actor=Actor(kind, key, build.department),  # type: ignore[arg-type]
            department=build.department,
            note=build.note,
            tell=_teller(build),
            crew=crew,
            finish=_finisher(build),
        )
    except HeliError as error:
        services.fail_build(build, error)
        raise


def _finisher(build: Build) -> Callable[[CityVersion], None]:
    """Ends the build in the transaction that keeps its version, so that neither is without."""

    def finish(version: CityVersion) -> None:
        if not services.finish_build(build, version):
            raise _TakenOverError

    return finish


def _teller(build: Build) -> Tell:
    """Shows progress and keeps the lease."""

    def tell(step: str, done: int, total: int) -> None:
        mine = Build.objects.filter(pk=build.pk, state=Build.State.RUNNING, attempts=build.attempts)
        if not mine.update(step=step, done=done, total=total, leased_until=clock.now() + LEASE):
            raise _TakenOverError

    return tell
