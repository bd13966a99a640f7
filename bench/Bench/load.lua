-- wrk's script. Requests are made before the run, so that the load costs the same for all.
-- LOAD_PATH has %d where an id goes, or %s where a list of LOAD_BATCH ids goes. LOAD_ORDER: random, or once each (for misses).
local path, method = os.getenv("LOAD_PATH"), os.getenv("LOAD_METHOD")
local first, count = tonumber(os.getenv("LOAD_FIRST")), tonumber(os.getenv("LOAD_COUNT"))
local batch, order = tonumber(os.getenv("LOAD_BATCH")), os.getenv("LOAD_ORDER")
local made, size, at, threads = {}, 0, 0, 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local function one(id)
    local body
    if method == "PUT" then
        body = string.format('{"username":"user-%d","email":"user-%d@example.com"}', id, id)
        wrk.headers["Content-Type"] = "application/json"
    end
    return wrk.format(method, string.format(path, id), nil, body)
end

local function many()
    local ids = {}
    for place = 1, batch do
        ids[place] = first + math.random(count) - 1
    end
    return wrk.format(method, string.format(path, table.concat(ids, ",")))
end

function init()
    math.randomseed(number + 1)
    if order == "once" then
        at = first + number * math.floor(count / 2)
        return
    end
    size = batch > 1 and 200 or math.min(count, 20000)
    for place = 1, size do
        made[place] = batch > 1 and many() or one(count <= size and first + place - 1 or first + math.random(count) - 1)
    end
end

function request()
    if order == "once" then
        at = at + 1
        return one(at - 1)
    end
    return made[math.random(size)]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
