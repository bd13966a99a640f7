-- wrk's script.
-- LOAD_PATH has %d where an id goes, or %s where a list of LOAD_BATCH ids goes. LOAD_ORDER says which ids:
--   prepared   any of LOAD_COUNT, by requests that are made before the run, so that the load costs the same for all
--   spread     any of LOAD_COUNT, each request made as it is sent: for more ids than could be prepared
--   once       one after the other
local path, method = os.getenv("LOAD_PATH"), os.getenv("LOAD_METHOD")
local first, count = tonumber(os.getenv("LOAD_FIRST")), tonumber(os.getenv("LOAD_COUNT"))
local batch, order = tonumber(os.getenv("LOAD_BATCH")), os.getenv("LOAD_ORDER")
local made, at, head, tail, threads = {}, 0, "", "", 0

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

local function any()
    return first + math.random(count) - 1
end

local function many()
    local ids = {}
    for place = 1, batch do
        ids[place] = any()
    end
    return wrk.format(method, string.format(path, table.concat(ids, ",")))
end

function init()
    -- Another run asks for other ids.
    math.randomseed(tonumber(os.getenv("LOAD_TURN")) * 2 + number + 1)
    if order == "prepared" then
        for place = 1, batch > 1 and 200 or count do
            made[place] = batch > 1 and many() or one(first + place - 1)
        end
    else
        at = first + number * math.floor(count / 2)
        head, tail = wrk.format(method, (path:gsub("%%d", "@"))):match("(.*)@(.*)")
    end
end

function request()
    if order == "prepared" then
        return made[math.random(#made)]
    elseif order == "spread" then
        return head .. any() .. tail
    end
    at = at + 1
    return head .. at - 1 .. tail
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('RESULT {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
