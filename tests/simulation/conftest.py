"""One test here holds the simulated Redis against a real one."""

from tests.redis import private_redis

__all__ = ["private_redis"]
