-- Sends the requests of a file in turn, each with a number of its own where the file has marks,
-- so that no server can have answered it before. The numbers are all ten digits wide: the length
-- that a request tells stays right.

local mark, between = string.rep("@", 10), "\30"
local requests, at, number = {}, 0, 0

local function split(text, by)
  local parts, from = {}, 1
  while true do
    local first, last = string.find(text, by, from, true)
    if not first then
      parts[#parts + 1] = string.sub(text, from)
      return parts
    end
    parts[#parts + 1] = string.sub(text, from, first - 1)
    from = last + 1
  end
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for _, text in ipairs(split(file:read("*a"), between)) do
    requests[#requests + 1] = split(text, mark)
  end
  file:close()
  math.randomseed(os.time() + math.floor((os.clock() * 1e6) % 1e6))
  number = math.random(1, 8999) * 1000000 -- runs do not repeat each other's numbers
end

function request()
  number = number + 1
  at = at % #requests + 1
  return table.concat(requests[at], string.format("%010d", number))
end

function done(summary, latency)
  local wrong = summary.errors
  io.write(string.format(
    '{"number": %d, "us": %d, "p50_us": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    wrong.status, wrong.connect + wrong.read + wrong.write + wrong.timeout))
end
