#!lua flags=allow-oom
-- Takes a writer off, after its commit.
-- KEYS: value, lease, writers. ARGV: token.
-- Invariant: a lease given after this, and so a value stored after this, is no older than the commit. The deletions matter when
-- begin-write did not reach this server, or when it has forgotten since.
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
