-- Begin to wait for the turn: `announce` then says whose turn it is, by ticket.
--
-- KEYS: turns
-- ARGV: ticket; milliseconds after which nobody waits any more
--
-- Returns how many nodes wait, this one included.

local waiting = redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return waiting
