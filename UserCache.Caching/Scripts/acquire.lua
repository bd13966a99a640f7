-- Asks for the right to fill a value that is not there.
-- KEYS: value, lease, writers. ARGV: token, life of the lease in ms, the most bytes of a value.
-- Answers the value, if it is there by now; otherwise 1 (the lease is yours), 2 (someone else's) or 3 (do not fill: a writer is
-- active, or Redis is full).
-- Invariant: no lease is given while a writer is registered, so what is read under a lease is no older than the last registered write.
local value = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[3])
if type(value) ~= 'string' or #value > tonumber(ARGV[3]) then
    -- No entry of any release.
    redis.call('UNLINK', KEYS[1])
elseif string.sub(value, 1, 3) == 'v1 ' then
    return value
end

-- What is left is nothing, or of another format: it stays for those who can read it until the fill replaces it.
heal_writers(KEYS[3])
if redis.call('EXISTS', KEYS[3]) == 1 then
    return 3
end

heal_lease(KEYS[2])
local won = redis.pcall('HSETNX', KEYS[2], 'token', ARGV[1])
if won == 0 then
    return 2
end

if won ~= 1 then
    return string.find(won.err, 'OOM', 1, true) and 3 or won
end

redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
