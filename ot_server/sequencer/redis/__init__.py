"""`Sequencer` over Redis, for nodes of many processes."""

from ot_server.sequencer.redis.sequencer import RedisSequencer

__all__ = ["RedisSequencer"]
