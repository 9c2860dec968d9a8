"""What is asked of Redis: each script runs whole, with nobody between its lines.

One hash says what there must be: whose the store is (`store`), the number of the last event
(`number`), the sessions as they were opened (`opened KEY`), when something happened in them last
(`at KEY`), and how much each other key holds (`n KEY`, `w KEY`). So a key that was evicted,
removed or lost is always noticed: by its count, or, where the hash itself is gone, by everybody.

Each script gets the hash as its first key, then the store's id and the last number known here.
"""

from typing import Final

_THERE: Final = """
local index = KEYS[1]
if redis.call('HGET', index, 'store') ~= ARGV[1] then
  return redis.error_reply('LOST its mark is gone')
end
if tonumber(redis.call('HGET', index, 'number') or '0') < tonumber(ARGV[2]) then
  redis.call('HSET', index, 'store', 'lost')
  return redis.error_reply('LOST later events are gone')
end
local function counted(key)
  return tonumber(redis.call('HGET', index, 'n ' .. key) or '0')
end
"""

# Nothing but the look at the hash.
THERE: Final = _THERE + "return redis.call('HGET', index, 'number') or '0'"

# Keys: a session.
FIND: Final = _THERE + "return redis.call('HGET', index, 'opened ' .. KEYS[2])"

# Keys: a session.
WEIGHT: Final = _THERE + "return redis.call('HGET', index, 'w ' .. KEYS[2]) or '0'"

# The key of the session in which something happened last, and that event.
LAST: Final = (
    _THERE
    + """
local key = redis.call('HGET', index, 'last')
if not key then return {} end
local found = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
if #found == 0 then return redis.error_reply('LOST the last event is gone') end
return {key, found[1]}
"""
)

# Keys: a session. Then: the number after which is read.
EVENTS: Final = (
    _THERE
    + """
if redis.call('XLEN', KEYS[2]) ~= counted(KEYS[2]) then
  return redis.error_reply('LOST events of the session are gone')
end
return redis.call('XRANGE', KEYS[2], '(' .. ARGV[3] .. '-0', '+')
"""
)

# Keys: a session. Its events of one kind, by the numbers that were noted.
NARROWINGS: Final = (
    _THERE
    + """
local found = {}
for number in string.gmatch(redis.call('HGET', index, 'narrowed ' .. KEYS[2]) or '', '%d+') do
  local one = redis.call('XRANGE', KEYS[2], number .. '-0', number .. '-0')
  if #one == 0 then return redis.error_reply('LOST events of the session are gone') end
  found[#found + 1] = one[1]
end
return found
"""
)

_WINDOW: Final = (
    _THERE
    + """
if redis.call('ZCARD', KEYS[2]) ~= counted(KEYS[2]) then
  return redis.error_reply('LOST events of the window are gone')
end
"""
)

# Keys: a window. Then: from when on, in microseconds; how many are weighed at most.
WEIGHTS: Final = (
    _WINDOW
    + """
local number = redis.call('ZCOUNT', KEYS[2], ARGV[3], '+inf')
if number > tonumber(ARGV[4]) then return {number, 0} end
local weight = 0
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[3], '+inf')) do
  weight = weight + tonumber(string.match(one, '^%d+ (%d+)'))
end
return {number, weight}
"""
)

# Keys: a window. Then: from when on, in microseconds; above which number.
PLACES: Final = (
    _WINDOW
    + """
local found, above = {}, tonumber(ARGV[4])
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[3], '+inf')) do
  if tonumber(string.match(one, '^%d+')) > above then found[#found + 1] = one end
end
return found
"""
)

# Keys: sessions. Then: for each the number of an event in it.
STORED: Final = (
    _THERE
    + """
local found = {}
for n = 2, #KEYS do
  local place = ARGV[n + 1] .. '-0'
  local one = redis.call('XRANGE', KEYS[n], place, place)
  if #one == 0 then return redis.error_reply('LOST events of the window are gone') end
  found[#found + 1] = one[1]
end
return found
"""
)

# Keys: locks, then as many places in their queues. Then: the token of who asks, for how long,
# the ticket drawn before or 0, for how long a place is kept. All locks are taken, or none: then
# a ticket is returned, and who has an older one goes first. So nobody waits for ever, and two
# that want the same locks never wait for each other. Who asks again has what it has.
TAKE: Final = (
    _THERE
    + """
local half, ticket, free = (#KEYS - 1) / 2, tonumber(ARGV[5]), true
for n = 2, half + 1 do
  local has, first = redis.call('GET', KEYS[n]), tonumber(redis.call('GET', KEYS[n + half]) or '0')
  if has ~= ARGV[3] and (has or (first > 0 and (ticket == 0 or first < ticket))) then
    free = false
  end
end
if free then
  for n = 2, half + 1 do
    redis.call('SET', KEYS[n], ARGV[3], 'PX', ARGV[4])
    if ticket > 0 then redis.call('DEL', KEYS[n + half]) end
  end
  return 0
end
if ticket == 0 then ticket = redis.call('HINCRBY', index, 'tickets', 1) end
for n = 2, half + 1 do
  local first = tonumber(redis.call('GET', KEYS[n + half]) or '0')
  if first == 0 or ticket < first or
     (ticket == first and redis.call('PTTL', KEYS[n + half]) < ARGV[6] / 2) then
    redis.call('SET', KEYS[n + half], ticket, 'PX', ARGV[6])
  end
end
return ticket
"""
)

# Keys: locks, then as many places in their queues. Then: the token, the ticket or 0. Nothing of
# the store is looked at: what is held is let go in any case.
LET_GO: Final = """
local half = (#KEYS - 1) / 2
for n = 2, half + 1 do
  if redis.call('GET', KEYS[n]) == ARGV[3] then redis.call('DEL', KEYS[n]) end
  if redis.call('GET', KEYS[n + half]) == ARGV[4] then redis.call('DEL', KEYS[n + half]) end
end
"""

# Keys: locks. Then: the token. Lets the locks go, if they are all held to the end.
END: Final = """
for n = 2, #KEYS do
  if redis.call('GET', KEYS[n]) ~= ARGV[3] then
    return redis.error_reply('LATE another has the turn now')
  end
end
for n = 2, #KEYS do redis.call('DEL', KEYS[n]) end
"""

# Keys: locks. Then: the token, for how long from now on.
GO_ON: Final = """
for n = 2, #KEYS do
  if redis.call('GET', KEYS[n]) ~= ARGV[3] then return 0 end
  redis.call('PEXPIRE', KEYS[n], ARGV[4])
end
return 1
"""

# Keys: a list of sessions. Then: how many.
LATELY: Final = (
    _THERE
    + """
if redis.call('ZCARD', KEYS[2]) ~= counted(KEYS[2]) then
  return redis.error_reply('LOST sessions are gone')
end
local found = {}
for _, session in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, ARGV[3] - 1)) do
  local opened = redis.call('HGET', index, 'opened ' .. session)
  found[#found + 1] = {session, opened, redis.call('HGET', index, 'at ' .. session) or ''}
end
return found
"""
)

# Keys: a list of sessions. Then: since when something must have happened in them.
ACTIVE: Final = (
    _THERE
    + """
if redis.call('ZCARD', KEYS[2]) ~= counted(KEYS[2]) then
  return redis.error_reply('LOST sessions are gone')
end
local found, since = {}, tonumber(ARGV[3])
local every = redis.call('ZREVRANGE', KEYS[2], 0, -1, 'WITHSCORES')
for n = 1, #every, 2 do
  local at = redis.call('HGET', index, 'at ' .. every[n]) or ''
  if tonumber(every[n + 1]) >= since or (tonumber(at) or 0) >= since then
    found[#found + 1] = {every[n], redis.call('HGET', index, 'opened ' .. every[n]), at}
  end
end
return found
"""
)

# Keys: a session, three windows, locks. Then: the token; the session as it is closed; what an
# event takes beside its body; and for each event that is left its number, or 0 for a new one, and
# its id, kind, time and body. What is not left goes out of the windows as well.
CLOSE: Final = (
    _THERE
    + """
for n = 6, #KEYS do
  if redis.call('GET', KEYS[n]) ~= ARGV[3] then
    return redis.error_reply('LATE another has the turn now')
  end
end
local session, beside, left = KEYS[2], tonumber(ARGV[5]), {}
local name = string.match(session, '[^\\n]*$')
for n = 6, #ARGV, 5 do left[ARGV[n]] = true end
local before = redis.call('XRANGE', session, '-', '+')
if #before ~= counted(session) then
  return redis.error_reply('LOST events of the session are gone')
end
redis.call('HSET', index, 'opened ' .. session, ARGV[4])
for _, one in ipairs(before) do
  local place, fields = string.match(one[1], '^%d+'), {}
  for n = 1, #one[2], 2 do fields[one[2][n]] = one[2][n + 1] end
  if not left[place] and fields['kind'] ~= 'said' then
    local weight = string.format('%.0f', string.len(fields['body']) + beside)
    for each = 3, 5 do
      local gone = redis.call('ZREM', KEYS[each], place .. ' ' .. weight .. ' ' .. name)
      redis.call('HINCRBY', index, 'n ' .. KEYS[each], -gone)
    end
  end
end
redis.call('DEL', session)
redis.call('HDEL', index, 'narrowed ' .. session)
local count, sum = 0, 0
for n = 6, #ARGV, 5 do
  local place, id, kind, at, body = unpack(ARGV, n, n + 4)
  local weight = string.len(body) + beside
  if place == '0' then
    place = string.format('%.0f', redis.call('HINCRBY', index, 'number', 1))
    local member = place .. ' ' .. string.format('%.0f', weight) .. ' ' .. name
    for each = 3, 5 do
      redis.call('ZADD', KEYS[each], at, member)
      redis.call('HINCRBY', index, 'n ' .. KEYS[each], 1)
    end
    redis.call('HSET', index, 'last', session)
  end
  redis.call('XADD', session, place .. '-0', 'id', id, 'kind', kind, 'at', at, 'body', body)
  count, sum = count + 1, sum + weight
end
redis.call('HSET', index, 'n ' .. session, count, 'w ' .. session, string.format('%.0f', sum))
for n = 6, #KEYS do redis.call('DEL', KEYS[n]) end
return tonumber(redis.call('HGET', index, 'number'))
"""
)

# Keys: a session, three windows, the list of its owner's sessions, locks. Then: the token; the
# session as it is opened now, or nothing, and when; and for each event its id, kind, time, body,
# and what knowing it takes. Whoever lost a lock meanwhile stores nothing. The first write is one
# that a full Redis refuses, so that nothing is half done; the locks are let go with the last.
STORE: Final = (
    _THERE
    + """
for n = 7, #KEYS do
  if redis.call('GET', KEYS[n]) ~= ARGV[3] then
    return redis.error_reply('LATE another has the turn now')
  end
end
local session, opened = KEYS[2], 'opened ' .. KEYS[2]
if ARGV[4] ~= '' then
  if redis.call('HSETNX', index, opened, ARGV[4]) == 0 then
    return redis.error_reply('LATE the session was opened by another')
  end
  redis.call('ZADD', KEYS[6], ARGV[5], session)
  redis.call('HINCRBY', index, 'n ' .. KEYS[6], 1)
end
local name = string.match(session, '[^\\n]*$')
local number = 0
for n = 6, #ARGV, 5 do
  local id, kind, at, body, weight = unpack(ARGV, n, n + 4)
  number = redis.call('HINCRBY', index, 'number', 1)
  local place = string.format('%.0f', number)
  redis.call('XADD', session, place .. '-0', 'id', id, 'kind', kind, 'at', at, 'body', body)
  redis.call('HINCRBY', index, 'n ' .. session, 1)
  redis.call('HINCRBY', index, 'w ' .. session, weight)
  if tonumber(at) > tonumber(redis.call('HGET', index, 'at ' .. session) or '0') then
    redis.call('HSET', index, 'at ' .. session, at)
  end
  if kind == 'narrowed' then
    local before = redis.call('HGET', index, 'narrowed ' .. session) or ''
    redis.call('HSET', index, 'narrowed ' .. session, before .. ' ' .. place)
  end
  if kind ~= 'said' then
    for each = 3, 5 do
      redis.call('ZADD', KEYS[each], at, place .. ' ' .. weight .. ' ' .. name)
      redis.call('HINCRBY', index, 'n ' .. KEYS[each], 1)
    end
  end
  redis.call('HSET', index, 'last', session)
end
for n = 7, #KEYS do redis.call('DEL', KEYS[n]) end
return number
"""
)
