#!lua flags=allow-oom
-- Says whether this server still has what this replica told it last, and whose cache it holds.
-- KEYS: owner, mark. ARGV: identity of the source, the mark from now on, life of both in ms.
-- Answers the owner and the mark that were there until now, each false where there was none.
-- Invariant: a mark grows. Who finds an older one than it wrote, or none, speaks to a server that has lost writes.
local owner = redis.pcall('GET', KEYS[1])
if type(owner) == 'string' and owner ~= ARGV[1] then
    return { owner, false }
end

local mark = redis.pcall('GET', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
-- Someone else's list or hash is no mark.
return { type(owner) == 'string' and owner, type(mark) == 'string' and mark }
