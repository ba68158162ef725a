-- Return what follows a revision without a gap, or nil: then read the store.
--
-- KEYS: state, tail
-- ARGV: epoch, revision

local known = redis.call('HMGET', KEYS[1], 'epoch', 'head')
if tonumber(known[1] or -1) ~= tonumber(ARGV[1]) then
  return false
end
local first = tonumber(known[2]) - redis.call('LLEN', KEYS[2]) + 1
local wanted = tonumber(ARGV[2]) + 1
if wanted < first or first > tonumber(known[2]) then
  return false
end
return redis.call('LRANGE', KEYS[2], wanted - first, -1)
