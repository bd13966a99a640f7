-- Asks for the right to replace a value that is past its soft expiry.
-- KEYS: value, lease. ARGV: token, life of the lease in ms, the header of the value that was seen.
-- Answers 1 (the lease is yours) or 0 (someone is at it, or has been).
-- Invariant: as for acquire, for there is no value while a writer is registered; and one value is refreshed once.
if redis.pcall('GETRANGE', KEYS[1], 0, #ARGV[3] - 1) ~= ARGV[3] then
    return 0
end

heal_lease(KEYS[2])
if redis.call('HSETNX', KEYS[2], 'token', ARGV[1]) == 0 then
    return 0
end

redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
