"""One pace for all calls to Somtoday: a turn for each, given out by Redis to every process.

Of the libraries that keep a limit in Redis (`limits` is the best kept) none gives out turns: they
say yes or no, and whoever hears no asks again, all at once and in no order.
"""

import asyncio
import time
from collections import deque

from prometheus_client import Histogram
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.connector.settings import ConnectorSettings
from services.connector.somtoday.errors import TooBusyError
from shared.telemetry import get_logger

WAITED = Histogram("somtoday_turn_seconds", "Wait for a turn to call Somtoday")
# A turn is good for 25 ms, and turn n + rate comes 30 ms over a second after turn n: however late
# either is used, no second holds more calls than the rate. It costs 3 % of the rate.
_WINDOW_MS = 1030
_GOOD_SECONDS = 0.025
_TRIES = 10
# KEYS: the last turns, newest first; until when nobody may call. ARGV: calls a second, then in
# ms the window, the longest wait, and the least distance of two turns. Answers the wait in ms,
# -1 when the line is too long to join.
_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local turn = math.max(now, tonumber(redis.call('GET', KEYS[2]) or 0))
local newest = redis.call('LINDEX', KEYS[1], 0)
if newest then turn = math.max(turn, newest + ARGV[4]) end
local before = redis.call('LINDEX', KEYS[1], ARGV[1] - 1)
if before then turn = math.max(turn, before + ARGV[2]) end
if turn - now > tonumber(ARGV[3]) then return -1 end
redis.call('LPUSH', KEYS[1], string.format('%.0f', turn))
redis.call('LTRIM', KEYS[1], 0, ARGV[1] - 1)
redis.call('PEXPIRE', KEYS[1], turn - now + ARGV[2])
return turn - now
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
        self._turns, self._pause = f"{base}-turns", f"{base}-pause"
        self._give = redis.register_script(_TURN)
        self._hold = redis.register_script(_PAUSE)
        self._own: deque[float] = deque(maxlen=self._rate)

    async def turn(self) -> None:
        """Wait until a call may be made; at most `somtoday_longest_wait_seconds`.

        Raises:
            TooBusyError: too many are waiting already.

        """
        began = time.monotonic()
        for _ in range(_TRIES):
            asked = time.monotonic()
            seconds = await self._wait()
            await asyncio.sleep(seconds)
            if time.monotonic() - asked - seconds <= _GOOD_SECONDS:
                break
        WAITED.observe(time.monotonic() - began)

    async def pause(self, seconds: float) -> None:
        """Give nobody a turn for so long: Somtoday asked for it (429 with Retry-After)."""
        milliseconds = min(int(1000 * seconds), self._longest_ms)
        if milliseconds > 0:
            try:
                await self._hold(keys=[self._pause], args=[milliseconds])
            except (RedisError, OSError) as error:
                get_logger().warning("pace_away", error=type(error).__name__)

    async def _wait(self) -> float:
        # Turns that fall due together cannot all be used in time: a burst takes a quarter second.
        arguments = [self._rate, _WINDOW_MS, self._longest_ms, 250 // self._rate]
        try:
            found = int(await self._give(keys=[self._turns, self._pause], args=arguments))
        except (RedisError, OSError) as error:
            get_logger().warning("pace_away", error=type(error).__name__)
            return self._own_wait()
        if found < 0:
            msg = "too many calls wait for their turn"
            raise TooBusyError(msg)
        return found / 1000

    def _own_wait(self) -> float:
        now = time.monotonic()
        full = len(self._own) == self._rate
        turn = max(now, self._own[0] + _WINDOW_MS / 1000) if full else now
        self._own.append(turn)
        return turn - now
