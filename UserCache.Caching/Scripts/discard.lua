-- Removes a value that no reader can use, unless another has taken its place. No step of the protocol: what is removed has no version.
-- KEYS: value. ARGV: the most bytes of a value; how many bytes were seen, and the first of them (neither when nothing was seen).
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'table' or length > tonumber(ARGV[1])
    or (ARGV[2] and length == tonumber(ARGV[2]) and redis.call('GETRANGE', KEYS[1], 0, #ARGV[3] - 1) == ARGV[3]) then
    redis.call('UNLINK', KEYS[1])
end
