-- Asks for the right to fill a value that is not there.
-- KEYS: value, lease, writers. ARGV: token, life of the lease in ms.
-- Answers the value, if it is there by now; otherwise 1 (the lease is yours), 2 (someone else's) or 3 (a writer is active: do not fill).
-- Invariant: no lease is given while a writer is registered, so what is read under a lease is no older than the last registered write.
local value = redis.call('GET', KEYS[1])
if value then
    return value
end

local now = redis.call('TIME')
if redis.call('ZCOUNT', KEYS[3], now[1] * 1000 + math.floor(now[2] / 1000), '+inf') > 0 then
    return 3
end

if redis.call('HSETNX', KEYS[2], 'token', ARGV[1]) == 0 then
    return 2
end

redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
