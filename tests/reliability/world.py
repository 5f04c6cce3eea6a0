"""A time that passes as fast as can be counted, and a machine's clock that can be set in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from threading import Event
from unittest import mock

from cluster_feed.screen import cues, engine, health, trust


class World:
    """What every clock says; whoever waits moves them."""

    def __init__(self, begins: datetime) -> None:
        self.begins = begins
        self.passed = 0.0
        self.set_by = timedelta()
        """By how much the machine's clock is off."""
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.watch: Callable[[float], None] = lambda _: None
        """Told of every stretch of time, in seconds, before it passes."""

    @property
    def now(self) -> datetime:
        """The time that it really is."""
        return self.begins + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        """Give the seconds that have passed."""
        return self.passed

    def time(self) -> float:
        """Give what the machine's clock says."""
        return (self.now + self.set_by).timestamp()

    def at(self, days: float, act: Callable[[], None]) -> None:
        """Have something happen then."""
        self._due.append((days * 86_400, act))
        self._due.sort(key=lambda each: each[0])

    def sleep(self, seconds: float) -> None:
        """Let time pass, and happen what is due in it."""
        ends = self.passed + seconds
        while self._due and self._due[0][0] <= ends:
            at, act = self._due.pop(0)
            self._pass(at)
            act()
        self._pass(ends)

    def until_next(self) -> float:
        """Seconds until something happens."""
        return self._due[0][0] - self.passed if self._due else float("inf")

    def _pass(self, until: float) -> None:
        if until > self.passed:
            self.watch(until - self.passed)
            self.passed = until

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Have a screen live in it."""
        world = self

        class Machine(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Machine":
                return cls.fromtimestamp(world.time(), tz or UTC)

        with ExitStack() as patched:
            for module in (trust, engine, cues, health):
                patched.enter_context(mock.patch.object(module, "time", world))
            for module in (trust, engine, health):
                patched.enter_context(mock.patch.object(module, "datetime", Machine))
            yield


class Until(Event):
    """Ends at a moment of a world; to wait for it lets that world's time pass."""

    def __init__(self, world: World, passed: float) -> None:
        super().__init__()
        self._world, self._passed = world, passed

    def is_set(self) -> bool:
        """Whether the moment has come."""
        return self._world.passed >= self._passed

    def wait(self, timeout: float | None = None) -> bool:
        """Let time pass."""
        left = max(self._passed - self._world.passed, 0.0)
        self._world.sleep(left if timeout is None else min(left, timeout))
        return self.is_set()
