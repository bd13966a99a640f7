#!lua flags=allow-oom
-- Registers a writer that is about to commit.
-- KEYS: value, lease, writers. ARGV: token, time until the writer counts as dead in ms, channel for the key (none publishes nothing).
-- Invariant: from here to the writer's end (or its deadline) there is neither a value nor a lease, so everyone reads the source.
redis.call('UNLINK', KEYS[1], KEYS[2])

heal_writers(KEYS[3])
redis.call('ZADD', KEYS[3], now() + ARGV[2], ARGV[1])
redis.call('PEXPIREAT', KEYS[3], redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')[2])

-- Copies near the readers go even where there is no value any more. Who may not publish deletes all the same.
if ARGV[3] then
    redis.pcall('PUBLISH', ARGV[3], KEYS[1])
end
