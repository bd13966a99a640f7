-- Says all that Redis holds of a key, as of one moment. No step of the protocol, and changes nothing.
-- KEYS: value, lease, writers.
-- Answers: type of the value; the value, if it is a string; its remaining life in ms; the lease's token, floor and remaining life in ms;
-- and for each registered writer the time in ms until it counts as dead.
local kind = redis.call('TYPE', KEYS[1]).ok
local value = kind == 'string' and redis.call('GET', KEYS[1])
local lease = redis.pcall('HMGET', KEYS[2], 'token', 'floor')

local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local writers = {}
-- It is to be of use also where someone else keeps something else there.
local scores = redis.pcall('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
for place = 2, #scores, 2 do
    writers[#writers + 1] = math.max(0, math.min(scores[place] - now, 1e12))
end

return { kind, value, redis.call('PTTL', KEYS[1]), lease[1] or false, lease[2] or false, redis.call('PTTL', KEYS[2]), writers }
