#!lua flags=allow-oom
-- Says whether it is the caller's turn: nobody else has had one for some time.
-- KEYS: turn. ARGV: for how long nobody else has the next one, in ms.
-- What someone has put there to stay for longer, or for ever, counts for nothing: turns would never come again.
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left <= tonumber(ARGV[1]) then
    return 0
end

redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
return 1
