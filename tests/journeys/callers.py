"""Those who call us by HTTP: a helpdesk that sends again until it is heard, people who click."""

import http.client
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.tickets.hooks import headers

_WAIT_SECONDS = 5.0
_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class Call:
    """A POST that is repeated until the answer is one of `ends`."""

    path: str
    body: bytes = b""
    head: Callable[[], Mapping[str, str]] = dict
    ends: frozenset[int] = frozenset({200, 202})


@dataclass
class Callers:
    """Some connections side by side; `answers` are the last ones, `troubles` those before."""

    port: int
    lines: int = 4
    answers: Counter[int] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    _calls: "queue.Queue[Call]" = field(default_factory=queue.Queue)
    _ends: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Until `stop`."""
        for _ in range(self.lines):
            threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """They give up what is left."""
        self._ends.set()

    def deliver(self, path: str, body: bytes, external_id: str) -> None:
        """A signed webhook, signed anew for each try."""
        self.call(Call(path, body, lambda: headers(body, external_id=external_id)))

    def call(self, call: Call) -> None:
        """Returns at once."""
        self._calls.put(call)

    @property
    def left(self) -> int:
        """How many are not answered yet."""
        return self._calls.unfinished_tasks

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                call = self._calls.get(timeout=1)
            except queue.Empty:
                continue
            began = time.monotonic()
            while not self._is_heard(call):
                if self._ends.wait(_AGAIN_SECONDS):
                    return
            self.longest = max(self.longest, time.monotonic() - began)
            self._calls.task_done()

    def _is_heard(self, call: Call) -> bool:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_WAIT_SECONDS)
        try:
            line.request("POST", call.path, call.body, dict(call.head()))
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.troubles[type(error).__name__] += 1
            return False
        finally:
            line.close()
        if answer.status in call.ends:
            self.answers[answer.status] += 1
            return True
        self.troubles[str(answer.status)] += 1
        return False
