-- Stands before every script: what each does about keys that another hand has damaged. None of them may fail for what is there, or keep
-- anyone waiting.

-- No replica may be set to longer leases or writers' deadlines (CacheOptions), in ms.
local longest = 60000

local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Lua's numbers are exact up to 2^53 only: versions are compared as the digits that they are, without zeros before them.
local function is_older(version, than)
    return #version < #than or (#version == #than and version < than)
end

-- A lease that this cache did not give goes. That is always safe: who has lost a lease stores nothing.
local function heal_lease(key)
    local ttl = redis.call('PTTL', key)
    if ttl == -2 then
        return
    end

    local floor = redis.pcall('HGET', key, 'floor')
    local is_version = type(floor) == 'string' and #floor <= 19 and string.match(floor, '^[1-9]%d*$')
    if ttl < 0 or ttl > longest or (floor and not is_version) then
        redis.call('UNLINK', key)
    end
end

-- So do writers that this cache did not register, or whose deadline is over. Its own stay, unless what they were in was overwritten.
local function heal_writers(key)
    local time = now()
    if type(redis.pcall('ZREMRANGEBYSCORE', key, '-inf', time)) == 'table' then
        redis.call('UNLINK', key)
        return
    end

    redis.call('ZREMRANGEBYSCORE', key, '(' .. time + longest, '+inf')
    if redis.call('PTTL', key) == -1 then
        redis.call('PEXPIRE', key, longest)
    end
end
