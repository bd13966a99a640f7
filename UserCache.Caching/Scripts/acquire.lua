-- Asks for the right to fill a value that is not there.
-- KEYS: value, lease, writers. ARGV: token, life of the lease in ms.
-- Answers the value, if it is there by now; otherwise 1 (the lease is yours), 2 (someone else's) or 3 (do not fill: a writer is
-- active, or Redis is full).
-- Invariant: no lease is given while a writer is registered, so what is read under a lease is no older than the last registered write.
local value = redis.call('GET', KEYS[1])
if value then
    return value
end

local now = redis.call('TIME')
if redis.call('ZCOUNT', KEYS[3], now[1] * 1000 + math.floor(now[2] / 1000), '+inf') > 0 then
    return 3
end

local won = redis.pcall('HSETNX', KEYS[2], 'token', ARGV[1])
if won == 0 then
    return 2
end

if won ~= 1 then
    return 3
end

redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
