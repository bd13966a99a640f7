-- Stores a value, if the lease under which it was read is still ours; gives the lease back in any case.
-- KEYS: value, lease. ARGV: token, version, bytes ('' stores nothing), life of the value in ms.
-- Answers 1, or 0 when the lease was lost (a write came between, or it took too long) or the value is older than a relayed change.
-- Invariant: every write deletes the lease or raises its floor, so a value that was read before a write is never stored after it.
if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then
    return 0
end

local floor = tonumber(redis.call('HGET', KEYS[2], 'floor') or 0)
-- First: when Redis is full, what follows fails, and the key should be free all the same.
redis.call('DEL', KEYS[2])
if tonumber(ARGV[2]) < floor then
    return 0
end

if ARGV[3] ~= '' then
    redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end

return 1
