#!lua name=fiscalq
-- All that fiscalq writes to Redis about jobs: the door for producers, and the ledger's steps for the worker.
--
-- Every function takes one key, the register's entry `fiscalq:{<register>}`, and builds the register's other keys from
-- it as keys.py does; their types and meanings stand there. A refusal is an error whose first word is its code.
--
-- Redis checks each inner command against the caller's own rights, so the two functions for producers use no command
-- that a producer may not use anyway. Functions do not roll back: each looks first and writes afterwards.

local VERSION = 3 -- read by server.py: the library with the higher number stays

local TASK_BYTES_MAX = 128 * 1024
local OPTIONS_BYTES_MAX = 4 * 1024
local OPTION_CHARACTERS_MAX = 64
local DEPTH_MAX = 64
local ID_CHARACTERS_MAX = 64
local REGISTER_CHARACTERS_MAX = 32

local function refuse(code, text)
  return redis.error_reply('FISCALQ_' .. code .. ' ' .. text)
end

-- The register's name, or nil and the refusal.
local function known_register(root)
  local name = root and root:match('^fiscalq:{([a-z0-9][a-z0-9-]*)}$')
  if not name or #name > REGISTER_CHARACTERS_MAX then
    return nil, refuse('UNKNOWN_REGISTER', 'the key must be fiscalq:{<register>}, for instance fiscalq:{kassa-1}')
  end
  if not redis.call('HGET', root, 'library') then
    return nil, refuse('UNKNOWN_REGISTER', name .. ' is not entered here: mend the name, or run `fiscalq install`')
  end
  return name
end

---------------------------------------------------------------------------------------------------------------------
-- JSON, read strictly (RFC 8259) and never written again: cjson would turn [] into {} and cut digits.

-- The text with every character outside ASCII and every escape blanked out. The length stays, so that an offset in the
-- result is one in the text; what was malformed is left standing.
local function blanked(text)
  local _, ascii = text:find('^[^\128-\255]*') -- a run at the beginning is found faster than its first exception
  if ascii < #text then
    text = text:gsub('[\194-\223][\128-\191]', '__')
    if text:find('[\224-\239]') then -- without overlong forms and without halves of surrogate pairs
      text = text:gsub('\224[\160-\191][\128-\191]', '___')
      text = text:gsub('[\225-\236\238\239][\128-\191][\128-\191]', '___')
      text = text:gsub('\237[\128-\159][\128-\191]', '___')
    end
    if text:find('[\240-\244]') then -- up to U+10FFFF
      text = text:gsub('\240[\144-\191][\128-\191][\128-\191]', '____')
      text = text:gsub('[\241-\243][\128-\191][\128-\191][\128-\191]', '____')
      text = text:gsub('\244[\128-\143][\128-\191][\128-\191]', '____')
    end
  end
  if text:find('\\', 1, true) then
    text = text:gsub('\\["\\/bfnrt]', '__')
    text = text:gsub('\\u%x%x%x%x', '______')
  end
  return text
end

local function after_space(text, at)
  local here = text:byte(at)
  if not here or here > 32 then
    return at
  end
  local _, last = text:find('^[ \t\n\r]*', at)
  return last + 1
end

-- Where the member's value begins; nil when no name with a colon stands at `at`.
local function after_name(text, at)
  local _, last = text:find('^"[^"\t\n\r]*"[ \t\n\r]*:[ \t\n\r]*', at)
  return last and last + 1
end

local function number_end(text, at)
  local _, last = text:find('^-?[1-9]%d*', at)
  if not last then
    _, last = text:find('^-?0', at)
    if not last then
      return nil
    end
  end
  local mark = text:byte(last + 1)
  if mark == 46 then -- .
    _, last = text:find('^%.%d+', last + 1)
    if not last then
      return nil
    end
    mark = text:byte(last + 1)
  end
  if mark == 101 or mark == 69 then -- e E
    _, last = text:find('^[eE][-+]?%d+', last + 1)
  end
  return last
end

local LITERALS = { [102] = '^false', [110] = '^null', [116] = '^true' } -- by their first letter

local function scalar_end(text, at, first)
  if first == 34 then -- "
    local _, last = text:find('^"[^"\t\n\r]*"', at)
    return last
  end
  local literal = LITERALS[first]
  if literal then
    local _, last = text:find(literal, at)
    return last
  end
  return number_end(text, at)
end

-- First and last place of the one JSON object in `raw`; or nil, what is wrong, and its place.
local function json_object(raw)
  local text = blanked(raw)
  local _, clean = text:find('^[\32-\91%]\94-\127\t\n\r]*') -- 92 is the backslash
  local strange = text:byte(clean + 1)
  if strange then
    local what = strange > 127 and 'no UTF-8' or strange == 92 and 'no escape of JSON' or 'a control character'
    return nil, what, clean + 1
  end
  local from = after_space(text, 1)
  if text:byte(from) ~= 123 then -- {
    return nil, 'a JSON object is expected', from
  end
  local closers, depth = {}, 0
  local at = from
  while true do -- a value begins at `at`
    local first = text:byte(at)
    local last -- where it ends, once that is known
    if first == 123 or first == 91 then -- { [
      depth = depth + 1
      if depth > DEPTH_MAX then
        return nil, 'nested deeper than ' .. DEPTH_MAX, at
      end
      closers[depth] = first + 2
      at = after_space(text, at + 1)
      if text:byte(at) == first + 2 then
        depth, last = depth - 1, at
      elseif first == 123 then
        local name = at
        at = after_name(text, name)
        if not at then
          return nil, 'a name and a colon are expected', name
        end
      end
    else
      last = scalar_end(text, at, first)
      if not last then
        return nil, 'a value is expected', at
      end
    end
    while last do -- a value has ended
      at = after_space(text, last + 1)
      if depth == 0 then
        if at <= #text then
          return nil, 'something follows the object', at
        end
        return from, last
      end
      local mark = text:byte(at)
      if mark == closers[depth] then
        depth, last = depth - 1, at
      elseif mark == 44 then -- ,
        local next_at = after_space(text, at + 1)
        if closers[depth] == 125 then
          at = after_name(text, next_at)
          if not at then
            return nil, 'a name and a colon are expected', next_at
          end
        else
          at = next_at
        end
        last = nil
      else
        return nil, 'a comma or a closing bracket is expected', at
      end
    end
  end
end

-- The object's text without the space around it; or nil and the refusal.
local function object_text(raw, what, bytes_max)
  if #raw > bytes_max then
    return nil, refuse('TOO_LARGE', what .. ' has ' .. #raw .. ' bytes; at most ' .. bytes_max .. ' are taken')
  end
  if raw:sub(1, 3) == '\239\187\191' then -- a byte order mark is no part of the text; the register drops it too
    raw = raw:sub(4)
  end
  local from, last, place = json_object(raw)
  if not from then
    return nil, refuse('BAD_JSON', what .. ': ' .. last .. ' at byte offset ' .. place - 1)
  end
  return raw:sub(from, last)
end

local OPTIONS = { producer = true, sequence = true }

-- As object_text; `text` is known to be an object then, so cjson may read it.
local function options_text(raw)
  local text, refusal = object_text(raw, 'options-json', OPTIONS_BYTES_MAX)
  if not text then
    return nil, refusal
  end
  local readable, options = pcall(cjson.decode, text)
  if not readable then -- half of a surrogate pair
    return nil, refuse('BAD_JSON', 'options-json: an escape is half a character')
  end
  for name, value in pairs(options) do
    if not OPTIONS[name] then
      return nil, refuse('BAD_JSON', 'options-json may hold producer and sequence, nothing else')
    end
    if type(value) ~= 'string' or #value:gsub('[\128-\191]', '') > OPTION_CHARACTERS_MAX then
      return nil, refuse('BAD_JSON', 'options-json: ' .. name .. ' must be a string of at most 64 characters')
    end
  end
  return text
end

---------------------------------------------------------------------------------------------------------------------
-- For producers.

local function accepted_answer(id, register, state, duplicate)
  return '{"job":"' .. id .. '","register":"' .. register .. '","state":"' .. state
    .. '","duplicate":' .. tostring(duplicate) .. '}'
end

-- Hand a job over. When it answers and Redis syncs always, the job is on disk.
-- KEYS: the register's entry
-- ARGV: job id; task, JSON text; options, JSON text with producer and sequence (may be left out)
-- Output: JSON text {"job","register","state","duplicate"}. Refusals, of which nothing is stored: FISCALQ_BAD_ID,
--   FISCALQ_TOO_LARGE, FISCALQ_BAD_JSON, FISCALQ_UNKNOWN_REGISTER, FISCALQ_CONFLICT, FISCALQ_QUEUE_FULL
redis.register_function('fiscalq_enqueue', function(keys, argv)
  local root, id = keys[1], argv[1]
  if not id or #id > ID_CHARACTERS_MAX or not id:find('^[A-Za-z0-9._:-]+$') then
    return refuse('BAD_ID', 'a job id is 1 to 64 of A-Z a-z 0-9 . _ : -')
  end
  if id:sub(1, 8) == 'fiscalq.' then
    return refuse('BAD_ID', 'ids that start with fiscalq. are our own: choose another')
  end
  if not argv[2] or argv[4] then
    return refuse('BAD_JSON', 'give a job id, a task and, if you like, options')
  end
  local task, options, refusal, register
  task, refusal = object_text(argv[2], 'task-json', TASK_BYTES_MAX)
  if not task then
    return refusal
  end
  options, refusal = options_text(argv[3] or '{}')
  if not options then
    return refusal
  end
  register, refusal = known_register(root)
  if not register then
    return refusal
  end

  local hash = redis.sha1hex(task)
  local view = redis.call('HMGET', root .. ':job:' .. id, 'hash', 'state')
  local known = view[1] or redis.call('GET', root .. ':reserved:' .. id)
  if known == hash then
    return accepted_answer(id, register, view[2] or 'queued', true)
  end
  if known then
    return refuse('CONFLICT', id .. ' is known with other content: derive each id from one fact, and repeat its bytes')
  end

  local room = tonumber(redis.call('HGET', root, 'queue_max'))
  if redis.call('LLEN', root .. ':inbox') + redis.call('ZCARD', root .. ':open') >= room then
    return refuse('QUEUE_FULL', room .. ' jobs wait for ' .. register .. ': enqueue again later, and look why it prints none')
  end
  local entry = '{"id":"' .. id .. '","task":' .. task .. ',"options":' .. options .. '}'
  redis.call('LPUSH', root .. ':inbox', entry) -- before the reservation: should that be refused, the job is in all the same
  redis.call('SETNX', root .. ':reserved:' .. id, hash)
  return accepted_answer(id, register, 'queued', false)
end)

-- Say where a job stands.
-- KEYS: the register's entry
-- ARGV: job id
-- Output: JSON text, see producers/README.md; nil for an unknown id; FISCALQ_UNKNOWN_REGISTER
redis.register_function{function_name = 'fiscalq_status', flags = { 'no-writes' }, callback = function(keys, argv)
  local root, id = keys[1], argv[1] or ''
  local register, refusal = known_register(root)
  if not register then
    return refusal
  end
  local answer, behind = unpack(redis.call('HMGET', root .. ':job:' .. id, 'answer', 'stopped'))
  if answer and behind then -- a reason that comes and goes with another job, so the view does not hold it
    local reason = redis.call('HGET', root, 'stopped_reason'):gsub('@JOB@', behind)
    answer = answer:gsub('"reason": null', function() return '"reason": ' .. reason end, 1)
  end
  if answer or not redis.call('GET', root .. ':reserved:' .. id) then
    return answer
  end
  return '{"job":"' .. id .. '","register":"' .. register .. '","type":null,"state":"queued","verdict":null,'
    .. '"reason":null,"submissions":0,"accepted_at":null,"updated_at":null,"fiscal":null,"result":null}'
end}

---------------------------------------------------------------------------------------------------------------------
-- For the worker. `token` is the whole value of its lease: owner, number, nonce.

-- A full Redis takes no new jobs, neither at the door nor from the inbox; but what has been taken in is printed and
-- recorded, so these may write a little above `maxmemory`.
local function for_worker(name, callback)
  redis.register_function{ function_name = name, flags = { 'allow-oom' }, callback = callback }
end

-- The refusal when the token is not the holder's; nil when it is.
local function fenced(root, token)
  if redis.call('GET', root .. ':lease') ~= token then
    return refuse('FENCED', 'this worker does not hold the lease any more: it must end')
  end
end

-- Hand tickets to the open jobs that never had one, in order, as far as there is room. Returns how many.
-- `ticketed` is the number of the last job that got one, so a ticket that Celery has taken out of its list, or has
-- lost, is not counted as missing here: only a rebuild hands out again.
local function hand_out(root, token, template, tickets, running)
  local room = tonumber(tickets) - redis.call('LLEN', root .. ':queue')
  if room <= 0 then
    return 0
  end
  local ticketed = redis.call('HGET', root, 'ticketed') or '-inf' -- what was put at the head may be below 0
  local waiting = redis.call('ZRANGEBYSCORE', root .. ':open', '(' .. ticketed, '+inf', 'WITHSCORES', 'LIMIT', 0, room)
  local handed = 0
  local fence = token:match(' (%d+) %S+$')
  for place = 1, #waiting, 2 do
    local id, number = waiting[place], waiting[place + 1]
    if id ~= running then
      -- With the fence in its tag, the late acknowledgement of a worker before us removes no ticket of ours.
      local message = template:gsub('@(%u+)@', { JOB = id, TAG = id .. ':' .. number .. ':' .. fence })
      redis.call('LPUSH', root .. ':queue', message)
      handed = handed + 1
    end
    ticketed = number
  end
  redis.call('HSET', root, 'ticketed', ticketed)
  return handed
end

-- Put what stands at the head of the line and has no history, so that it is no job of ours, into quarantine.
local function disown(root)
  local head = redis.call('ZRANGE', root .. ':open', 0, 0)[1]
  while head and redis.call('EXISTS', root .. ':history:' .. head) == 0 do
    redis.call('XADD', root .. ':quarantine', '*',
      'at', redis.call('TIME')[1], 'why', 'stood in the line without a history', 'entry', head)
    redis.call('ZREM', root .. ':open', head)
    head = redis.call('ZRANGE', root .. ':open', 0, 0)[1]
  end
end

---------------------------------------------------------------------------------------------------------------------
-- Sequences: `sequence:<name>` holds the jobs of one that are not printed, by number. Behind a dead one all are stopped.

-- Give the jobs of a sequence new numbers at the end of the line, from a place in it on.
local function number_anew(root, sequence, from)
  local key = root .. ':sequence:' .. sequence
  for _, id in ipairs(redis.call('ZRANGE', key, from, -1)) do
    redis.call('ZADD', key, redis.call('HINCRBY', root, 'accepted', 1), id)
  end
end

-- Stop what stands behind a dead job of the sequence, and let the others go on.
local function arrange(root, sequence)
  local members = redis.call('ZRANGE', root .. ':sequence:' .. sequence, 0, -1, 'WITHSCORES')
  local behind
  for place = 1, #members, 2 do
    local id, number = members[place], members[place + 1]
    if redis.call('ZSCORE', root .. ':dead', id) then
      behind = behind or id
    elseif behind then
      redis.call('ZREM', root .. ':open', id)
      redis.call('ZADD', root .. ':stopped', number, id)
      redis.call('HSET', root .. ':job:' .. id, 'stopped', behind)
    else
      redis.call('ZREM', root .. ':stopped', id)
      redis.call('ZADD', root .. ':open', number, id)
      redis.call('HDEL', root .. ':job:' .. id, 'stopped')
    end
  end
end

-- Take a job out of its sequence; what it had stopped goes to the end of the line, in order.
local function leave_sequence(root, id, sequence)
  local key = root .. ':sequence:' .. sequence
  local place = redis.call('ZRANK', key, id)
  if place then
    redis.call('ZREM', key, id)
    number_anew(root, sequence, place)
    arrange(root, sequence)
  end
end

-- Into the line: taken in, or replayed. A replayed one takes a new place at the end, and its sequence follows it.
local function join(root, id, sequence)
  local was_dead = redis.call('ZREM', root .. ':dead', id) == 1
  local key = sequence and root .. ':sequence:' .. sequence
  local place = was_dead and key and redis.call('ZRANK', key, id)
  if place then
    number_anew(root, sequence, place)
    return arrange(root, sequence)
  end
  local number = redis.call('HINCRBY', root, 'accepted', 1)
  local last = key and redis.call('ZRANGE', key, -1, -1)[1]
  if key then
    redis.call('ZADD', key, number, id)
  end
  local behind = last and (redis.call('ZSCORE', root .. ':dead', last) and last
    or redis.call('HGET', root .. ':job:' .. last, 'stopped'))
  if behind then
    redis.call('ZADD', root .. ':stopped', number, id)
    redis.call('HSET', root .. ':job:' .. id, 'stopped', behind)
  else
    redis.call('ZADD', root .. ':open', number, id)
  end
end

-- Put the job into the set of its state. `open`, `stopped` and `doubts` are ordered by acceptance, which no clock can
-- disturb; `done` and `dead` by the second in which the job ended, since they are kept for a time. Returns whether it
-- joined the line.
local function file(root, id, state, verdict)
  local number = redis.call('ZSCORE', root .. ':open', id)
  local sequence = redis.call('HGET', root .. ':job:' .. id, 'sequence')
  if state ~= 'printed' and state ~= 'dead' then
    local joins = not number and not redis.call('ZSCORE', root .. ':stopped', id)
    if joins then
      join(root, id, sequence)
    end
    return joins
  end
  local now = redis.call('TIME')[1]
  redis.call('ZREM', root .. ':open', id)
  redis.call('ZREM', root .. ':stopped', id)
  local settled = false
  if state == 'dead' then
    local died = redis.call('ZADD', root .. ':dead', 'NX', now, id) == 1
    if died and sequence then
      redis.call('ZADD', root .. ':sequence:' .. sequence, 'NX', number or redis.call('HINCRBY', root, 'accepted', 1), id)
      arrange(root, sequence)
    end
  else
    settled = redis.call('ZREM', root .. ':dead', id) == 1
    redis.call('ZADD', root .. ':done', now, id)
    if sequence and settled then
      leave_sequence(root, id, sequence)
    elseif sequence then
      redis.call('ZREM', root .. ':sequence:' .. sequence, id)
    end
  end
  if verdict ~= 'in_doubt' then
    redis.call('ZREM', root .. ':doubts', id)
  elseif number then
    redis.call('ZADD', root .. ':doubts', number, id)
  end
  return settled
end

-- Write what the CRM reads; a change of state or verdict, and what is learnt of a printed one, is told to whoever follows the
-- events.
local function show(root, id, state, verdict, kind, answer, at, events_kept)
  local view = root .. ':job:' .. id
  local before = redis.call('HMGET', view, 'state', 'verdict')
  redis.call('HSET', view, 'answer', answer, 'state', state, 'verdict', verdict, 'type', kind)
  if before[1] ~= state or before[2] ~= verdict or state == 'printed' then
    redis.call('XADD', root .. ':events', 'MAXLEN', '~', events_kept, '*',
      'job', id, 'state', state, 'verdict', verdict, 'at', at)
  end
end

-- Take the lease when it is free, has run out, or is the same owner's.
-- KEYS: the register's entry
-- ARGV: owner; nonce, a word; life, milliseconds
-- Output: the lease's number; or, as text, the owner that holds it; FISCALQ_UNKNOWN_REGISTER
for_worker('fiscalq_lease', function(keys, argv)
  local root, owner, nonce, life = keys[1], unpack(argv)
  local register, refusal = known_register(root)
  if not register then
    return refusal
  end
  local token = redis.call('GET', root .. ':lease')
  local holder = token and token:match('^(.*) %d+ %S+$')
  if holder and holder ~= owner then
    return holder
  end
  local number = redis.call('HINCRBY', root, 'fence', 1)
  redis.call('SET', root .. ':lease', owner .. ' ' .. number .. ' ' .. nonce, 'PX', life)
  return number
end)

-- Prolong the lease.
-- KEYS: the register's entry
-- ARGV: token; life, milliseconds
-- Output: 1, or 0 when it is not ours any more
for_worker('fiscalq_renew', function(keys, argv)
  if fenced(keys[1], argv[1]) then
    return 0
  end
  return redis.call('PEXPIRE', keys[1] .. ':lease', argv[2])
end)

-- Give the lease back.
-- KEYS: the register's entry
-- ARGV: token
-- Output: 1, or 0 when it was not ours any more
for_worker('fiscalq_release', function(keys, argv)
  if fenced(keys[1], argv[1]) then
    return 0
  end
  return redis.call('DEL', keys[1] .. ':lease')
end)

-- Write down a new job: its history so far, its task, and the hash that tells it from others under its id.
local function write_down(root, id, hash, task, options, events)
  for place, event in ipairs(events) do
    redis.call('XADD', root .. ':history:' .. id, place .. '-0', 'event', event)
  end
  redis.call('HSET', root .. ':task:' .. id, 'task', task, 'options', options)
  redis.call('HSET', root .. ':job:' .. id, 'hash', hash)
end

-- Take the oldest inbox entry in: into ledger and queue, or dead, or quarantine, in one step.
-- KEYS: the register's entry
-- ARGV: token; entry; time; why it has no job, else ''; job id; hash; task; options; state; verdict or ''; type or '';
--   answer; events kept; ticket template; tickets; sequence or ''; the entries of the history
-- Output: taken, gone, duplicate or quarantined; FISCALQ_FENCED
redis.register_function('fiscalq_admit', function(keys, argv)
  local root = keys[1]
  local token, entry, at, why, id, hash, task, options, state, verdict, kind, answer, kept, template, tickets, sequence =
    unpack(argv)
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  if redis.call('LINDEX', root .. ':inbox', -1) ~= entry then
    return 'gone'
  end
  if why == '' then
    local known = redis.call('HGET', root .. ':job:' .. id, 'hash')
    local reserved = redis.call('GET', root .. ':reserved:' .. id)
    if known == hash then
      redis.call('RPOP', root .. ':inbox')
      return 'duplicate'
    end
    if known or (reserved and reserved ~= hash) then
      why = 'CONFLICT: ' .. id .. ' is known with other content'
    end
  end
  redis.call('RPOP', root .. ':inbox')
  if why ~= '' then
    redis.call('XADD', root .. ':quarantine', '*', 'at', at, 'why', why, 'entry', entry)
    return 'quarantined'
  end
  write_down(root, id, hash, task, options, { unpack(argv, 17) })
  if sequence ~= '' then
    redis.call('HSET', root .. ':job:' .. id, 'sequence', sequence)
  end
  show(root, id, state, verdict, kind, answer, at, kept)
  redis.call('DEL', root .. ':reserved:' .. id)
  if file(root, id, state, verdict) then
    hand_out(root, token, template, tickets)
  end
  return 'taken'
end)

-- Take in a job of ours, which comes through no inbox and has no ticket yet. A known id is left as it is.
-- KEYS: the register's entry
-- ARGV: token; time; job id; hash; task; state; verdict or ''; type or ''; answer; events kept; the entries of the history
-- Output: 1 when taken in, 0 when it was known; FISCALQ_FENCED
for_worker('fiscalq_begin', function(keys, argv)
  local root = keys[1]
  local token, at, id, hash, task, state, verdict, kind, answer, kept = unpack(argv)
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  if redis.call('EXISTS', root .. ':history:' .. id) == 1 then
    return 0
  end
  write_down(root, id, hash, task, '{}', { unpack(argv, 11) })
  show(root, id, state, verdict, kind, answer, at, kept)
  file(root, id, state, verdict)
  return 1
end)

-- Put an open job at the head of the line. The queue is to be rebuilt then.
-- KEYS: the register's entry
-- ARGV: token; job id
-- Output: 1, or 0 when it is not open; FISCALQ_FENCED
for_worker('fiscalq_advance', function(keys, argv)
  local root, token, id = keys[1], unpack(argv)
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  if not redis.call('ZSCORE', root .. ':open', id) then
    return 0
  end
  local head, number = unpack(redis.call('ZRANGE', root .. ':open', 0, 0, 'WITHSCORES'))
  if head ~= id then
    redis.call('ZADD', root .. ':open', number - 1, id)
  end
  return 1
end)

-- Write the next entry of a job's history, and with it the view and the sets. Returns 1 when written, 0 when it had
-- been, or the refusal; and whether jobs joined the line by it.
local function write(root, id, place, event, at, state, verdict, kind, answer, kept)
  local history = root .. ':history:' .. id
  local last = redis.call('XLEN', history)
  if last == tonumber(place) then
    local written = redis.call('XRANGE', history, place .. '-0', place .. '-0')[1]
    if written and written[2][2] == event then
      return 0
    end
  end
  if last ~= place - 1 then -- after a wipe, too short: Redis itself would take an entry above a gap
    return refuse('PLACE_TAKEN', 'the history of ' .. id .. ' has ' .. last .. ' entries: load it again')
  end
  redis.call('XADD', history, place .. '-0', 'event', event)
  show(root, id, state, verdict, kind, answer, at, kept)
  return 1, file(root, id, state, verdict)
end

-- Write what the worker has learnt of a job. The same call once more, after an answer that was lost, changes nothing
-- and is answered alike.
-- KEYS: the register's entry
-- ARGV: token; job id; place; the entry; time; state; verdict or ''; type or ''; answer; events kept; ticket template;
--   tickets
-- Output: 1 when written, 0 when it had been; FISCALQ_FENCED, FISCALQ_PLACE_TAKEN
for_worker('fiscalq_append', function(keys, argv)
  local root, token = keys[1], argv[1]
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  local written, joined = write(root, unpack(argv, 2, 10))
  if joined then
    hand_out(root, token, argv[11], argv[12])
  end
  return written
end)

---------------------------------------------------------------------------------------------------------------------
-- For operators, who hold no lease: an entry counts only in the place for which it was decided, and the act is kept
-- with it. Tickets are the worker's to hand out; it finds open jobs without one within seconds.

local function keep_act(root, act, what, by, why, at)
  redis.call('XADD', root .. ':acts', '*', 'act', act, 'what', what, 'by', by, 'why', why, 'at', at)
end

-- Whether a job is still told to be this document ('FN.number'); the FN may have shown since that a person read it wrong.
local function is_still(root, id, document)
  local answer = redis.call('HGET', root .. ':job:' .. id, 'answer')
  local fiscal = answer and cjson.decode(answer).fiscal
  return type(fiscal) == 'table' and fiscal.document_number == tonumber(document:match('%d+$'))
end

-- Write what a person decided of a job.
-- KEYS: the register's entry
-- ARGV: act; by; why; job id; place; the entry; time; state; verdict or ''; type or ''; answer; events kept; document that
--   it names, or ''
-- Output: 1 when written, 0 when it had been; FISCALQ_PLACE_TAKEN, also when the document is another job's by such a word
for_worker('fiscalq_act', function(keys, argv)
  local root, act, by, why, id = keys[1], unpack(argv, 1, 4)
  local claims, document = root .. ':claims', argv[13] or ''
  local owner = document ~= '' and redis.call('HGET', claims, document)
  if owner and owner ~= id and is_still(root, owner, document) then
    return refuse('PLACE_TAKEN', 'document ' .. document .. ' is said to be that of ' .. owner)
  end
  local written = write(root, unpack(argv, 4, 12))
  if written == 1 then
    keep_act(root, act, id, by, why, argv[7])
    if document ~= '' then
      redis.call('HSET', claims, document, id)
    end
  end
  return written
end)

-- Write what a person decided of a job together with another text of its task, which the worker sends from then on. What
-- the CRM sent stays beside it, and so does its hash, by which the CRM is told the same job for the same bytes.
-- KEYS: the register's entry
-- ARGV: as fiscalq_act, but for the document; the task, JSON text
-- Output: as fiscalq_act; FISCALQ_PLACE_TAKEN also for another text under the same entry, which names no values
for_worker('fiscalq_edit', function(keys, argv)
  local root, act, by, why = keys[1], unpack(argv, 1, 3)
  local task = root .. ':task:' .. argv[4]
  if redis.call('HEXISTS', task, 'task') == 0 then -- looked at first: a key of another kind must fail before the history grows
    return refuse('PLACE_TAKEN', 'there is no task of ' .. argv[4] .. ': load it again')
  end
  local written = write(root, unpack(argv, 4, 12))
  if written == 0 and redis.call('HGET', task, 'edited') ~= argv[13] then
    return refuse('PLACE_TAKEN', 'the task of ' .. argv[4] .. ' has just been edited otherwise: load it again')
  end
  if written == 1 then
    redis.call('HSET', task, 'edited', argv[13])
    keep_act(root, act, argv[4], by, why, argv[7])
  end
  return written
end)

-- Let the jobs behind a dead one of their sequence go on without it, at the end of the line.
-- KEYS: the register's entry
-- ARGV: by; why; the dead job's id; time
-- Output: how many were stopped behind it
for_worker('fiscalq_forgo', function(keys, argv)
  local root, by, why, id, at = keys[1], unpack(argv)
  local sequence = redis.call('HGET', root .. ':job:' .. id, 'sequence')
  local place = sequence and redis.call('ZRANK', root .. ':sequence:' .. sequence, id)
  if not place or not redis.call('ZSCORE', root .. ':dead', id) then
    return 0
  end
  local before = redis.call('ZCARD', root .. ':stopped')
  leave_sequence(root, id, sequence)
  keep_act(root, 'forgo', id, by, why, at)
  return before - redis.call('ZCARD', root .. ':stopped')
end)

-- Write down a person's word about the line.
-- KEYS: the register's entry
-- ARGV: act; what; by; why; time; name of the fact; 'set' or 'forget'; its text or ''
-- Output: 1
for_worker('fiscalq_decree', function(keys, argv)
  local root, act, what, by, why, at, name, set, text = keys[1], unpack(argv)
  if set == 'set' then
    redis.call('HSET', root .. ':line', name, text)
  else
    redis.call('HDEL', root .. ':line', name)
  end
  keep_act(root, act, what, by, why, at)
  return 1
end)

---------------------------------------------------------------------------------------------------------------------
-- The queue, and what the worker remembers of its line.

-- Make Celery's queue anew from the first open jobs, in order. What is no job is put aside before.
-- KEYS: the register's entry
-- ARGV: token; ticket template; tickets; the job that is running and gets none, or ''
-- Output: how many tickets the queue holds; FISCALQ_FENCED
for_worker('fiscalq_rebuild', function(keys, argv)
  local root = keys[1]
  local token, template, tickets, running = unpack(argv)
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  disown(root)
  redis.call('DEL', root .. ':queue', root .. ':unacked', root .. ':unacked_index', root .. ':unacked_mutex')
  redis.call('HDEL', root, 'ticketed')
  return hand_out(root, token, template, tickets, running)
end)

-- Hand out tickets when less than half of them are left in the queue.
-- KEYS: the register's entry
-- ARGV: token; ticket template; tickets
-- Output: how many were handed out; FISCALQ_FENCED
for_worker('fiscalq_top_up', function(keys, argv)
  local root = keys[1]
  local token, template, tickets = unpack(argv)
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  if redis.call('LLEN', root .. ':queue') * 2 >= tonumber(tickets) then
    return 0
  end
  return hand_out(root, token, template, tickets)
end)

-- Write down facts of the line, and forget others.
-- KEYS: the register's entry
-- ARGV: token; then for each fact: its name; 'set' or 'forget'; its text or ''
-- Output: how many; FISCALQ_FENCED
for_worker('fiscalq_remember', function(keys, argv)
  local root = keys[1]
  local refusal = fenced(root, argv[1])
  if refusal then
    return refusal
  end
  for place = 2, #argv, 3 do
    if argv[place + 1] == 'set' then
      redis.call('HSET', root .. ':line', argv[place], argv[place + 2])
    else
      redis.call('HDEL', root .. ':line', argv[place])
    end
  end
  return (#argv - 1) / 3
end)

-- Keep what is known of a closed shift, in the place of what was kept before.
-- KEYS: the register's entry
-- ARGV: token; the shift's name; JSON text
-- Output: 1; FISCALQ_FENCED
for_worker('fiscalq_keep_shift', function(keys, argv)
  local root, token, name, text = keys[1], unpack(argv)
  local refusal = fenced(root, token)
  if refusal then
    return refusal
  end
  redis.call('HSET', root .. ':shifts', name, text)
  return 1
end)
