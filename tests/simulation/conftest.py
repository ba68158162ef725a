"""One test here compares the simulated Redis with a real one."""

from tests.redis import private_redis

__all__ = ["private_redis"]
