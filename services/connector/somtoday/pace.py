"""One pace for all calls to Somtoday: a turn for each, given out by Redis to every process.

Of the libraries that keep a limit in Redis (`limits` is the best kept) none gives out turns: they
say yes or no, and whoever hears no asks again, all at once and in no order.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Counter, Histogram
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.errors import TooBusyError
from shared.ids import new_id
from shared.telemetry import get_logger

WAITED = Histogram("somtoday_turn_seconds", "Wait for a turn to call Somtoday")
LATE = Counter("somtoday_turns_late", "Turns that were taken anew because a process was too slow")
# In so long there are no more calls than the rate: one may reach Somtoday up to 40 ms later than
# Redis noted it, and still no second there holds more. It costs 4 % of the rate.
_WINDOW_MS = 1040
_GOOD_SECONDS = 0.015
_TRIES = 10
# Gives the next turn. Half of a second's calls may come as a burst; beyond that turns come evenly,
# for a stall of a few milliseconds makes few of even turns late, and most of a burst.
# KEYS: the last turns, newest first; until when nobody may call. ARGV: calls a second, then in
# ms the window, the longest wait, and the least distance of two turns in a burst. Answers the
# wait in ms, -1 when the line is too long to join.
_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local turn = math.max(now, tonumber(redis.call('GET', KEYS[2]) or 0))
local newest = redis.call('LINDEX', KEYS[1], 0)
local half = redis.call('LINDEX', KEYS[1], math.floor(ARGV[1] / 2))
if newest then
  local busy = half and turn - half < tonumber(ARGV[2])
  turn = math.max(turn, newest + (busy and ARGV[2] / ARGV[1] or ARGV[4]))
end
local before = redis.call('LINDEX', KEYS[1], ARGV[1] - 1)
if before then turn = math.max(turn, before + ARGV[2]) end
if turn - now > tonumber(ARGV[3]) then return -1 end
redis.call('LPUSH', KEYS[1], string.format('%.1f', turn))
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(turn - now + ARGV[2]))
return math.ceil(turn - now)
"""
# Notes a call as made now, whenever its turn was: a turn that is used late is not lost, and those
# that follow make room. KEYS: the calls of the last window; until when nobody may call. ARGV:
# calls a second, the window in ms, the call's own name. Answers the wait in ms, 0 to call now.
_USE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local till = tonumber(redis.call('GET', KEYS[2]) or 0)
if till > now then return math.ceil(till - now) end
redis.call('ZREM', KEYS[1], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local over = redis.call('ZCARD', KEYS[1]) - ARGV[1]
if over >= 0 then
  local first = redis.call('ZRANGE', KEYS[1], over, over, 'WITHSCORES')
  return math.ceil(first[2] + ARGV[2] - now)
end
redis.call('ZADD', KEYS[1], string.format('%.3f', now), ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0
"""
_PAUSE = """
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if till > tonumber(redis.call('GET', KEYS[1]) or 0) then
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', ARGV[1])
end
"""


class Pace:
    """Gives turns; without Redis each process keeps the rate by itself."""

    def __init__(self, settings: ConnectorSettings, redis: Redis) -> None:
        """Take the settings and a Redis that the owner of this object closes."""
        self._rate = settings.somtoday_calls_per_second
        self._longest_ms = int(1000 * settings.somtoday_longest_wait_seconds)
        base = f"{settings.redis_namespace}:connector:somtoday"
        self._turns, self._calls, self._pause = (
            f"{base}-{name}" for name in ("turns", "calls", "pause")
        )
        self._give, self._use, self._hold = (
            redis.register_script(script) for script in (_TURN, _USE, _PAUSE)
        )
        self._own = asyncio.Semaphore(self._rate)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Make one call in the block; waits for it at most `somtoday_longest_wait_seconds`.

        Raises:
            TooBusyError: too many are waiting already.

        """
        began = time.monotonic()
        alone = False
        try:
            await self._shared_turn()
        except (RedisError, OSError) as error:
            get_logger().warning("pace_away", error=type(error).__name__)
            await self._own.acquire()
            alone = True
        WAITED.observe(time.monotonic() - began)
        try:
            yield
        finally:
            # Counted from when the call has certainly left, however long it took to: what is
            # noted before can be early by a stall of this process.
            if alone:
                loop = asyncio.get_running_loop()
                loop.call_later(_WINDOW_MS / 1000, self._own.release)

    async def pause(self, seconds: float) -> None:
        """Give nobody a turn for so long: Somtoday asked for it (429 with Retry-After)."""
        milliseconds = min(int(1000 * seconds), self._longest_ms)
        if milliseconds > 0:
            try:
                await self._hold(keys=[self._pause], args=[milliseconds])
            except (RedisError, OSError) as error:
                get_logger().warning("pace_away", error=type(error).__name__)

    async def _shared_turn(self) -> None:
        # A burst takes a quarter of a second, so that its turns do not fall due all at once.
        arguments = [self._rate, _WINDOW_MS, self._longest_ms, 250 // self._rate]
        wait = int(await self._give(keys=[self._turns, self._pause], args=arguments))
        if wait < 0:
            msg = "too many calls wait for their turn"
            raise TooBusyError(msg)
        await asyncio.sleep(wait / 1000)
        await self._used()

    async def _used(self) -> None:
        name, late = new_id().hex, 0
        while True:
            asked = time.monotonic()
            wait = int(
                await self._use(
                    keys=[self._calls, self._pause], args=[self._rate, _WINDOW_MS, name]
                )
            )
            if wait > 0:
                await asyncio.sleep(wait / 1000)
            elif time.monotonic() - asked <= _GOOD_SECONDS or late == _TRIES:
                return
            else:
                late += 1
                LATE.inc()
