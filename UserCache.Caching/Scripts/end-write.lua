#!lua flags=allow-oom
-- Takes a writer off, after its commit.
-- KEYS: value, lease, writers. ARGV: token, channel for the key (none publishes nothing).
-- Invariant: a lease given after this, and so a value stored after this, is no older than the commit. The deletions matter when
-- begin-write did not reach this server, or when it has forgotten since.
redis.call('UNLINK', KEYS[1], KEYS[2])
heal_writers(KEYS[3])
redis.call('ZREM', KEYS[3], ARGV[1])

-- Copies near the readers go even where there is no value any more. Who may not publish deletes all the same.
if ARGV[2] then
    redis.pcall('PUBLISH', ARGV[2], KEYS[1])
end
