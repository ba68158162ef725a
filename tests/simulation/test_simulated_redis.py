"""The simulated Redis does what the scripts do in a real one."""

from __future__ import annotations

from random import Random
from typing import Any

from redis.asyncio import Redis

from ot_server.sequencer.redis.wire import key, script
from tests.redis import PrivateRedis
from tests.simulation.simulated_redis import SimulatedRedis

KEYS = [key("s", part) for part in ("state", "tail", "turns")]
KEPT_SECONDS = 600


def random_call(random: Random) -> tuple[str, list[str], list[Any]]:
    """Return a script, its keys, and arguments like those of nodes, including late ones."""
    epoch = random.choice((1, 1, 1, 2))
    match random.choice(("announce", "announce", "tail", "turn")):
        case "announce":
            first = random.randint(1, 12)
            last = first + random.randint(0, 4)
            lines = [
                f"{epoch} {at}".encode() * random.randint(1, 2) for at in range(first, last + 1)
            ]
            bounds = random.choice((3, 100)), random.choice((20, 1000))
            is_long = random.random() < 0.1
            arguments = [epoch, first, last, "channel", b"message", *bounds, KEPT_SECONDS]
            return "announce", KEYS, [*arguments, *(() if is_long else lines)]
        case "tail":
            return "tail", KEYS[:2], [epoch, random.randint(0, 16)]
        case _:
            return "turn", KEYS[2:], [random.randbytes(16), 60_000]


async def test_the_simulated_redis_answers_as_the_scripts_do(private_redis: PrivateRedis) -> None:
    random = Random(5)
    async with Redis.from_url(private_redis.url) as real:
        scripts = {
            name: real.register_script(script(name)) for name in ("announce", "tail", "turn")
        }
        for _ in range(60):
            await real.flushall()
            simulated = SimulatedRedis(random, lambda _line: None)
            for _ in range(30):
                name, keys, arguments = random_call(random)
                wanted = await scripts[name](keys, arguments)
                assert getattr(simulated, name)(keys, arguments) == wanted, (name, arguments)
