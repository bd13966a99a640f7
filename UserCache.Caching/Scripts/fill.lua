-- Stores a value, if the lease under which it was read is still ours; gives the lease back in any case.
-- KEYS: value, lease. ARGV: token, version, bytes ('' stores nothing), life of the value in ms.
-- Answers 1, or 0 when the lease was lost (a write came between, or it took too long), the value is older than a relayed change, or
-- Redis is full.
-- Invariant: every write deletes the lease or raises its floor, so a value that was read before a write is never stored after it.
heal_lease(KEYS[2])
if redis.call('HGET', KEYS[2], 'token') ~= ARGV[1] then
    return 0
end

local stored = 0
if not is_older(ARGV[2], redis.call('HGET', KEYS[2], 'floor') or '0') then
    -- When Redis is full this fails, and the key should be free all the same.
    local set = ARGV[3] ~= '' and redis.pcall('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) or {}
    if not set.err then
        stored = 1
    elseif not string.find(set.err, 'OOM', 1, true) then
        stored = set
    end
end

redis.call('UNLINK', KEYS[2])
return stored
