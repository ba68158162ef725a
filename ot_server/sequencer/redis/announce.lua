-- After a commit: extend the tail, tell every node, and pass the turn on.
--
-- KEYS: state, tail, turns
-- ARGV: epoch, first and last revision; channel, message; most operations and most bytes of the
--       tail, seconds to keep it; then the operations from first to last, or none if they are too long
--
-- The tail holds consecutive operations of one epoch and always ends at the state's head.
-- Operations never change, so any node may announce any range again.  After a gap the tail
-- begins anew.
--
-- Returns 1 if somebody waited for the turn, else 0.

local state, tail, turns = KEYS[1], KEYS[2], KEYS[3]
local epoch, first, last = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local channel, message = ARGV[4], ARGV[5]
local most, most_bytes, seconds = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local BEFORE = 8 -- arguments before the operations
local NOBODY = string.rep('\0', 16)

local known = redis.call('HMGET', state, 'epoch', 'head', 'bytes')
local known_epoch, head, bytes = tonumber(known[1] or -1), tonumber(known[2] or 0), tonumber(known[3] or 0)

if epoch > known_epoch or (epoch == known_epoch and last > head) then
  local length = redis.call('LLEN', tail)
  local is_whole = epoch == known_epoch and first <= head + 1
  if length == 0 or not is_whole or #ARGV == BEFORE then
    redis.call('DEL', tail)
    length, bytes, head = 0, 0, math.max(first - 1, is_whole and head or 0)
  end
  for index = BEFORE + 1 + head + 1 - first, #ARGV do
    redis.call('RPUSH', tail, ARGV[index])
    length, bytes = length + 1, bytes + #ARGV[index]
  end
  while length > most or bytes > most_bytes do
    bytes = bytes - #redis.call('LPOP', tail)
    length = length - 1
  end
  redis.call('HSET', state, 'epoch', epoch, 'head', last, 'bytes', bytes)
  redis.call('EXPIRE', state, seconds)
  redis.call('EXPIRE', tail, seconds)
end

local ticket = redis.call('LPOP', turns)
redis.call('PUBLISH', channel, (ticket or NOBODY) .. message)
return ticket and 1 or 0
