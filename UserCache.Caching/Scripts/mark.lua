#!lua flags=allow-oom
-- Says whether this server still has what the replicas told it last, and whose cache it holds.
-- KEYS: owner, mark, losses. ARGV: identity of the source, the mark from now on, life of all in ms, the mark as it was left (0 if it never
-- was), the losses that were told then.
-- Answers the owner that was there until now, false if there was none, and how often a replica has found that something was lost.
-- Invariant: a mark grows. Who finds an older one than it wrote, or none, speaks to a server that has lost writes, and counts that, so that
-- those replicas learn of it whose marks were written before what was lost; unless someone has since.

-- Someone else's list or hash is no number.
local function number(key)
    local found = redis.pcall('GET', key)
    local value = type(found) == 'string' and tonumber(found) or 0
    return value >= 0 and value < 2 ^ 53 and math.floor(value) or 0
end

local owner = redis.pcall('GET', KEYS[1])
if type(owner) == 'string' and owner ~= ARGV[1] then
    return { owner, 0 }
end

local losses, told = number(KEYS[3]), tonumber(ARGV[5])
if number(KEYS[2]) < tonumber(ARGV[4]) and losses <= told then
    losses = told + 1
end

-- As long as any process' values may live, but no longer than any may (CacheAsideOptions).
local life = math.max(ARGV[3], math.min(redis.call('PTTL', KEYS[1]), 604800000))
redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%d', life))
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[3], string.format('%d', losses), 'PX', ARGV[3])
return { type(owner) == 'string' and owner, losses }
