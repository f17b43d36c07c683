"""What Redis must do in one step, in its own language (Lua).

Keys: ``dk:life`` (random, one for each life of the shared state), ``dk:run`` (the Redis process that holds it),
``dk:filled``, ``dk:count`` and ``dk:changes`` (the numbered line of changes, a bounded stream), ``dk:people`` and
``dk:facts:<person>`` (source -> fact; "" marks a fact removed before the first fill), ``dk:contacts``. The line is
numbered by ourselves and without holes, so that a reader sees from the first entry whether something was cut off.
An entry's subject may be several, with blanks between them: people whom one group of requests moved.
"""

KEPT_CHANGES = 20_000

_PRELUDE = f"""
local function life_of(fresh)
  redis.call('SET', 'dk:life', fresh, 'NX')
  return redis.call('GET', 'dk:life')
end
local function append(kind, subject)
  local n = redis.call('INCR', 'dk:count')
  redis.call('XADD', 'dk:changes', 'MAXLEN', '~', {KEPT_CHANGES}, string.format('%d-0', n),
    'kind', kind, 'subject', subject)
end
local function forget()
  for _, key in ipairs(redis.call('KEYS', 'dk:*')) do
    if not string.find(key, '^dk:seen:') and not string.find(key, '^dk:ticket:') and key ~= 'dk:run' then
      redis.call('DEL', key)
    end
  end
end
"""

# fresh life -> {life, count, filled}
STATE = _PRELUDE + """
return {life_of(ARGV[1]), redis.call('GET', 'dk:count') or '0', redis.call('EXISTS', 'dk:filled')}
"""

_PUT = """
local function put(person, source, fact)
  local facts = 'dk:facts:' .. person
  local old = redis.call('HGET', facts, source)
  local early = redis.call('EXISTS', 'dk:filled') == 0
  if fact ~= '' or early then
    if old ~= fact then
      redis.call('HSET', facts, source, fact)
      redis.call('SADD', 'dk:people', person)
    end
  else
    redis.call('HDEL', facts, source)
    if redis.call('EXISTS', facts) == 0 then redis.call('SREM', 'dk:people', person) end
  end
  return (old or '') ~= fact
end
"""

_HEAR = """
local function hear(journal, at)
  local kept = redis.call('HGET', 'dk:contacts', journal)
  if not kept or tonumber(kept) < tonumber(at) then redis.call('HSET', 'dk:contacts', journal, at) end
end
"""

# fresh life, person, source, fact or "" -> whether it differed
PUT = _PRELUDE + _PUT + """
life_of(ARGV[1])
if not put(ARGV[2], ARGV[3], ARGV[4]) then return 0 end
append('person', ARGV[2])
return 1
"""

# fresh life, then for each report: person, journal, fact or "", microseconds since 1970 or "" when it was not heard
REPORT = _PRELUDE + _PUT + _HEAR + """
life_of(ARGV[1])
local moved = {}
for i = 2, #ARGV, 4 do
  if ARGV[i + 3] ~= '' then hear(ARGV[i + 1], ARGV[i + 3]) end
  if put(ARGV[i], ARGV[i + 1], ARGV[i + 2]) then moved[#moved + 1] = ARGV[i] end
end
if #moved > 0 then append('person', table.concat(moved, ' ')) end
"""

# fresh life, kind, subject, kind, subject, …
ANNOUNCE = _PRELUDE + """
life_of(ARGV[1])
for i = 2, #ARGV, 2 do append(ARGV[i], ARGV[i + 1]) end
"""

# fresh life, the life that was found empty or "", person, source, fact, person, source, fact, …
FILL = _PRELUDE + """
if ARGV[2] ~= '' and ARGV[2] ~= life_of(ARGV[1]) then return 0 end
local early = redis.call('EXISTS', 'dk:filled') == 0
if not early then
  for _, person in ipairs(redis.call('SMEMBERS', 'dk:people')) do redis.call('DEL', 'dk:facts:' .. person) end
  redis.call('DEL', 'dk:people')
end
for i = 3, #ARGV, 3 do
  redis.call(early and 'HSETNX' or 'HSET', 'dk:facts:' .. ARGV[i], ARGV[i + 1], ARGV[i + 2])
  redis.call('SADD', 'dk:people', ARGV[i])
end
if early then
  for _, person in ipairs(redis.call('SMEMBERS', 'dk:people')) do
    local facts = 'dk:facts:' .. person
    local members = redis.call('HGETALL', facts)
    for i = 1, #members, 2 do
      if members[i + 1] == '' then redis.call('HDEL', facts, members[i]) end
    end
    if redis.call('EXISTS', facts) == 0 then redis.call('SREM', 'dk:people', person) end
  end
end
redis.call('SET', 'dk:life', ARGV[1])
redis.call('SET', 'dk:filled', '1')
append('roster', '')
return 1
"""

# journal, microseconds since 1970
HEARD = _HEAR + """
hear(ARGV[1], ARGV[2])
"""

# milliseconds that they are kept, microseconds since 1970, then for each contact the key of what was seen and the journal
# or "" -> for each whether it is the first
CONTACT = _HEAR + """
local first = {}
for i = 3, #ARGV, 2 do
  local new = redis.call('SET', ARGV[i], '', 'NX', 'PX', ARGV[1])
  if new and ARGV[i + 1] ~= '' then hear(ARGV[i + 1], ARGV[2]) end
  first[#first + 1] = new and 1 or 0
end
return first
"""

# run id: a Redis that came back with an old copy of its memory holds nothing of worth
CONNECTED = _PRELUDE + """
local run = redis.call('GET', 'dk:run')
if run and run ~= ARGV[1] then forget() end
redis.call('SET', 'dk:run', ARGV[1])
"""

FORGET = _PRELUDE + """
forget()
"""
