-- Says all that Redis holds of a key, as of one moment. No step of the protocol, and changes nothing.
-- KEYS: value, lease, writers. ARGV: the most bytes of a value.
-- Answers: type of the value; its length and, if it is not too long, the value, if it is a string; its remaining life in ms; the lease's
-- token, floor and remaining life in ms; and for each registered writer, a hundred at most, the time in ms until it counts as dead.
local kind = redis.call('TYPE', KEYS[1]).ok
local length = kind == 'string' and redis.call('STRLEN', KEYS[1]) or 0
local value = kind == 'string' and length <= tonumber(ARGV[1]) and redis.call('GET', KEYS[1])

-- It is to be of use also where someone else keeps something else there.
local lease = redis.pcall('HMGET', KEYS[2], 'token', 'floor')
local token = lease[1] and string.sub(lease[1], 1, 64)
local floor = lease[2] and string.sub(lease[2], 1, 64)
local time = now()
local writers = {}
local scores = redis.pcall('ZRANGE', KEYS[3], 0, 99, 'WITHSCORES')
for place = 2, #scores, 2 do
    writers[#writers + 1] = math.max(0, math.min(scores[place] - time, 1e12))
end

return { kind, length, value, redis.call('PTTL', KEYS[1]), token or false, floor or false, redis.call('PTTL', KEYS[2]), writers }
