#!lua flags=allow-oom
-- Removes a value, whatever it is. No step of the protocol: for the auditor, and for operators.
-- KEYS: value, lease.
-- Answers 1 when there was one.
-- Invariant: what was being read for it is not stored either, so the next reader reads the source. Writers stay registered.
redis.call('DEL', KEYS[2])
return redis.call('DEL', KEYS[1])
