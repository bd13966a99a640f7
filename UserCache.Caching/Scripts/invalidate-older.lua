#!lua flags=allow-oom
-- Removes what a committed change has made old. May come late, twice, and in any order.
-- KEYS: value, lease. ARGV: version of the change, channel for the key (none publishes nothing).
-- Invariant: afterwards there is no older value, and none will be filled: the lease's floor refuses what was read before the change.
heal_lease(KEYS[2])
if redis.call('EXISTS', KEYS[2]) == 1 and is_older(redis.call('HGET', KEYS[2], 'floor') or '0', ARGV[1]) then
    redis.call('HSET', KEYS[2], 'floor', ARGV[1])
end

-- A value of any release begins 'v<format> <version> '; what does not, or has a version that there can't be, goes too.
local start = redis.pcall('GETRANGE', KEYS[1], 0, 63)
local version = type(start) == 'string' and string.match(start, '^v%d+ 0*(%d+) ')
if not version or #version > 19 or is_older(version, ARGV[1]) then
    redis.call('UNLINK', KEYS[1])
end

-- Copies near the readers go even where there is no value any more. Who may not publish deletes all the same.
if ARGV[2] then
    redis.pcall('PUBLISH', ARGV[2], KEYS[1])
end
