"""Listening where strangers may come: so many connections and no more, and each only for so long.

One thread serves them all, so that a slow one costs a handle and no thread. Where there is no room, the one that has kept us
waiting longest has to go: whoever connects and asks at once, as a kubelet does, is answered however many others only sit there.
Room is an eighth of the process's handles at most: the engine's own work never lacks one.
"""

import asyncio
import resource
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

MOST = 64
HANDSHAKE = 5.0
FAREWELL = 5.0
"""Seconds until a connection is cut whose last bytes nobody takes."""
HEAD = 16_384
"""Bytes that are read of what is not a whole request yet."""
_LEAST = 4
_SHARE = 8
_BREATH = 0.2
_BROKEN = (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError)
"""What a connection may end with: the other side went away, was too slow, or speaks another language."""


def room() -> int:
    """Give how many connections one listener holds: an eighth of this process's handles, and 64 at most."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if handles == resource.RLIM_INFINITY else max(_LEAST, min(MOST, handles // _SHARE))


@dataclass(slots=True, eq=False)
class ClientConnection:
    """One connection. While it is `busy` with an answer, it is not cut for another's sake."""

    plain: socket.socket
    busy: bool = False
    task: "asyncio.Task[None] | None" = None
    reader: asyncio.StreamReader = field(init=False)
    writer: asyncio.StreamWriter = field(init=False)
    opened: bool = False

    async def open(self, context: ssl.SSLContext | None, limit: int) -> None:
        """Shake hands, where there is TLS. Raises OSError, ssl.SSLError, TimeoutError."""
        loop = asyncio.get_running_loop()
        self.reader = asyncio.StreamReader(limit, loop)
        protocol = asyncio.StreamReaderProtocol(self.reader, loop=loop)
        waits = HANDSHAKE if context else None
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, self.plain, ssl=context, ssl_handshake_timeout=waits, ssl_shutdown_timeout=waits
        )
        transport.set_write_buffer_limits(high=1, low=0)  # to have sent is to have been taken: a slow reader is noticed
        self.writer = asyncio.StreamWriter(transport, protocol, self.reader, loop)
        self.opened = True

    async def send(self, data: bytes, seconds: float) -> None:
        """Send on. Raises TimeoutError where nobody takes it, OSError."""
        async with asyncio.timeout(seconds):
            self.writer.write(data)
            await self.writer.drain()

    def cut(self) -> None:
        """End it now, whatever is still on its way."""
        if not self.opened:
            self.plain.close()
        elif not self.writer.transport.is_closing():
            self.writer.transport.abort()

    async def end(self) -> None:
        """Let what was sent arrive, and close."""
        if not self.opened or self.writer.transport.is_closing():
            self.cut()
            return
        self.writer.close()
        try:
            async with asyncio.timeout(FAREWELL):
                await self.writer.wait_closed()
        except (TimeoutError, asyncio.CancelledError):
            self.writer.transport.abort()
        except OSError:
            return  # it is closed all the same


Serve = Callable[[ClientConnection], Awaitable[None]]


class Listener:
    """Accepts connections on one address and hands each to `serve`, in a thread of its own, until closed."""

    def __init__(  # noqa: PLR0913 (its bounds; named by the caller)
        self,
        address: tuple[str, int],
        serve: Serve,
        *,
        name: str,
        context: ssl.SSLContext | None = None,
        most: int | None = None,
        limit: int = HEAD,
    ) -> None:
        """Bind the address. Raises OSError when it is taken."""
        host, port = address[0].strip("[]"), address[1]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=128)
        self._socket.setblocking(False)  # noqa: FBT003 (the library's)
        self.port = int(self._socket.getsockname()[1])
        self._serve, self._context, self._name, self._limit = serve, context, name, limit
        self._most = most or room()
        self._lines: dict[ClientConnection, None] = {}
        self._starved = False
        self.loop = asyncio.new_event_loop()
        self._accepting = self.loop.create_task(self._accept())
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        with suppress(RuntimeError):  # it has ended already
            self.loop.call_soon_threadsafe(self._accepting.cancel)
        self._thread.join(timeout=FAREWELL)

    def touched(self, line: ClientConnection) -> None:
        """Note that a connection has just been of use: others are older now."""
        if line in self._lines:
            del self._lines[line]
            self._lines[line] = None

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(_passed_over)
        try:
            with suppress(asyncio.CancelledError):
                self.loop.run_until_complete(self._accepting)
            self.loop.run_until_complete(self._end_all())
        finally:
            self._socket.close()
            self.loop.close()

    async def _end_all(self) -> None:
        under_way = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in under_way:
            task.cancel()
        await asyncio.wait(under_way, timeout=1) if under_way else None
        await asyncio.sleep(0)  # connections that were cut are closed in the turn after

    async def _accept(self) -> None:
        while True:
            try:
                plain, _ = await self.loop.sock_accept(self._socket)
            except OSError as error:
                await self._wait_for_handles(error)
                continue
            self._starved = False
            if self._make_room():
                self._begin(plain)
            else:
                plain.close()  # all are busy: whoever asks again soon finds room
            await asyncio.sleep(0)  # who is there already has a turn between any two who come

    async def _wait_for_handles(self, error: OSError) -> None:
        """Out of handles, or a connection that ended before it began: let the oldest go, and do not ask again at once."""
        if not self._starved:
            log.warning("listener.starved", listener=self._name, error=str(error))
        self._starved = True
        self._cut_oldest()
        await asyncio.sleep(_BREATH)

    def _make_room(self) -> bool:
        return len(self._lines) < self._most or self._cut_oldest()

    def _cut_oldest(self) -> bool:
        oldest = next((line for line in self._lines if not line.busy), None)
        if oldest is None:
            return False
        del self._lines[oldest]
        if oldest.task is not None:
            oldest.task.cancel()
        return True

    def _begin(self, plain: socket.socket) -> None:
        plain.setblocking(False)  # noqa: FBT003 (the library's)
        line = ClientConnection(plain)
        self._lines[line] = None
        line.task = self.loop.create_task(self._keep(line))

    async def _keep(self, line: ClientConnection) -> None:
        try:
            await line.open(self._context, self._limit)
            await self._serve(line)
            await line.end()
        except _BROKEN as error:
            log.debug("listener.broken", listener=self._name, error=str(error))
        except Exception:  # a bug of ours: this one connection ends, the others go on
            log.exception("listener.fault", listener=self._name)
        finally:
            self._lines.pop(line, None)
            line.cut()


def _passed_over(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    log.debug("listener.passed-over", said=str(context.get("message", "")), error=repr(context.get("exception")))
