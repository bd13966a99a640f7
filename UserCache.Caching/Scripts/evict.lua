#!lua flags=allow-oom
-- Removes a value, whatever it is. No step of the protocol: for the auditor, and for operators.
-- KEYS: value, lease, writers. ARGV: channel for the key (none publishes nothing).
-- Answers 1 when there was one.
-- Invariant: what was being read for it is not stored either, so the next reader reads the source. Writers stay registered.
redis.call('UNLINK', KEYS[2])
heal_writers(KEYS[3])
local removed = redis.call('UNLINK', KEYS[1])

-- Copies near the readers go even where there is no value any more. Who may not publish deletes all the same.
if ARGV[1] then
    redis.pcall('PUBLISH', ARGV[1], KEYS[1])
end

return removed
