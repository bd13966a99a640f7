#!lua flags=allow-oom
-- Says whether the caller may do what any one replica can do for all: whether no other has claimed it within some time.
-- KEYS: claim. ARGV: for how long the others leave it to the caller, in ms.
-- What someone else has put there, to stay for longer or for ever, counts for nothing: nobody would do it ever again.
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left <= tonumber(ARGV[1]) then
    return 0
end

redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
return 1
