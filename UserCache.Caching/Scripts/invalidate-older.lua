#!lua flags=allow-oom
-- Removes what a committed change has made old. May come late, twice, and in any order.
-- KEYS: value, lease. ARGV: version of the change, channel for the key (none publishes nothing).
-- Invariant: afterwards there is no older value, and none will be filled: the lease's floor refuses what was read before the change.
local floor = redis.pcall('HGET', KEYS[2], 'floor')
if type(floor) == 'table' then
    -- No lease of ours: it would keep everyone from filling.
    redis.call('DEL', KEYS[2])
elseif redis.call('EXISTS', KEYS[2]) == 1 and tonumber(floor or 0) < tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[2], 'floor', ARGV[1])
end

-- The header of a value is 'v1 <version> <soft expiry>'; what has no such header was not written by this cache and goes too.
local header = redis.pcall('GETRANGE', KEYS[1], 0, 31)
local version = type(header) == 'string' and string.match(header, '^v1 (%d+) ')
if not version or tonumber(version) < tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[1])
end

-- Copies near the readers go even where there is no value any more. Who may not publish deletes all the same.
if ARGV[2] then
    redis.pcall('PUBLISH', ARGV[2], KEYS[1])
end
