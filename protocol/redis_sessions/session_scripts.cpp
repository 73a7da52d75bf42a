#include "protocol/redis_sessions/session_scripts.hpp"

#include <array>
#include <string>
#include <string_view>

namespace ability {

namespace {

// All scripts begin with this. KEYS: records, due, owed, of, nodes, moved. ARGV: 1 the node, 16 characters; 2 time for
// which a session is kept; 3 time for which a node is taken to be alive. All times are milliseconds.
//
// A record is `1`, `d` or `-` (the application is owed a `disconnect` or not), its owner, digests of the credential and
// of the identity (32 characters each), and the session. The owner is the node that has the session; `none` while it
// has no connection; `told` once its end is told to the application, from where it does not come back.
//
// Keys live ten minutes longer than what is in them: `live` is called by each that adds to them, and every node renews.
constexpr std::string_view begin = R"lua(
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local node, ttl, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local none, told = '----------------', '!!!!!!!!!!!!!!!!'
local function whole(n) return string.format('%.0f', n) end
local function owner_of(value) return string.sub(value, 3, 18) end
local function identity_of(value) return string.sub(value, 51, 82) end
local function is_owed(value) return string.sub(value, 2, 2) == 'd' end
local function get(sid) return redis.call('HGET', KEYS[1], sid) end
local function drop(sid, value)
  redis.call('HDEL', KEYS[1], sid)
  redis.call('ZREM', KEYS[2], sid)
  redis.call('ZREM', KEYS[3], owner_of(value) .. ':' .. sid)
  redis.call('ZREM', KEYS[4], identity_of(value) .. ':' .. sid)
end
local function put(sid, value, earlier)
  if earlier and owner_of(earlier) ~= owner_of(value) then
    redis.call('ZREM', KEYS[3], owner_of(earlier) .. ':' .. sid)
  end
  if earlier and identity_of(earlier) ~= identity_of(value) then
    redis.call('ZREM', KEYS[4], identity_of(earlier) .. ':' .. sid)
  end
  redis.call('HSET', KEYS[1], sid, value)
  redis.call('ZADD', KEYS[4], 0, identity_of(value) .. ':' .. sid)
end
local function give(sid, value, owner)
  local given = string.sub(value, 1, 2) .. owner .. string.sub(value, 19)
  put(sid, given, value)
  return given
end
local function own(sid)
  redis.call('ZREM', KEYS[2], sid)
  redis.call('ZADD', KEYS[3], 0, node .. ':' .. sid)
  redis.call('ZADD', KEYS[5], 'NX', whole(now + lease), node)
end
local function live()
  for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, whole(ttl + lease + 600000))
  end
end
)lua";

// ARGV: 4 sid, 5 record without an owner, or empty: as it is; 6 `1` if an earlier attempt may have been run. A session
// that another node has by now is not the caller's any more.
constexpr std::string_view keep = R"lua(
local sid, earlier = ARGV[4], get(ARGV[4])
if earlier then
  local owner = owner_of(earlier)
  if owner ~= node and owner ~= none then return {'gone'} end
elseif ARGV[5] == '' or ARGV[6] == '1' or redis.call('ZSCORE', KEYS[6], sid) then
  return {'gone'}
end
if ARGV[5] == '' then give(sid, earlier, none) else put(sid, ARGV[5], earlier) end
redis.call('ZREM', KEYS[6], sid)
redis.call('ZADD', KEYS[2], whole(now + ttl), sid)
live()
return {'done'}
)lua";

// ARGV: 4 sid, 5 digest of the claim's credential, 6 that of its identity, or empty; 7 command that tells a node,
// 8 beginning of the channels of nodes. A node that does not listen is dead, or has lost Redis: it has no say.
constexpr std::string_view take = R"lua(
local sid, value = ARGV[4], get(ARGV[4])
if not value then return {'unknown'} end
if string.sub(value, 19, 50) ~= ARGV[5] or (ARGV[6] ~= '' and ARGV[6] ~= identity_of(value)) then return {'foreign'} end
local owner = owner_of(value)
if owner == told or owner == node then return {'unknown'} end
if owner == none then
  if tonumber(redis.call('ZSCORE', KEYS[2], sid) or '0') <= now then return {'unknown'} end
else
  local alive = tonumber(redis.call('ZSCORE', KEYS[5], owner) or '0') > now
  if alive and redis.call(ARGV[7], ARGV[8] .. owner, sid) > 0 then return {'open'} end
  redis.call('ZADD', KEYS[6], whole(now), sid)
end
give(sid, value, node)
own(sid)
live()
return {'found', string.sub(value, 83)}
)lua";

// ARGV: 4 sid, 5 record of the node, or empty; 6 sid that the session had before, or empty.
constexpr std::string_view owe = R"lua(
local sid, replaced = ARGV[4], ARGV[6]
if replaced ~= '' then
  local value = get(replaced)
  if value and owner_of(value) == node then drop(replaced, value) end
end
if ARGV[5] == '' then return {'done'} end
local earlier = get(sid)
if earlier then
  local owner = owner_of(earlier)
  if owner ~= node and owner ~= none then return {'gone'} end
elseif redis.call('ZSCORE', KEYS[6], sid) then
  return {'gone'}
end
put(sid, ARGV[5], earlier)
redis.call('ZREM', KEYS[6], sid)
own(sid)
live()
return {'done'}
)lua";

// ARGV: 4 sid.
constexpr std::string_view settle = R"lua(
local value = get(ARGV[4])
if not value then return {'gone'} end
local owner = owner_of(value)
if owner ~= node and owner ~= told then return {'gone'} end
drop(ARGV[4], value)
return {'done'}
)lua";

// ARGV: 4 most sessions of dead nodes at a time. Their clients have the usual time to come back.
constexpr std::string_view renew = R"lua(
local mine = redis.call('ZSCORE', KEYS[5], node)
local had_lease = mine and tonumber(mine) > now
redis.call('ZADD', KEYS[5], whole(now + lease), node)
local dead = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', whole(now), 'LIMIT', 0, 1)[1]
local freed = 0
if dead then
  local some = redis.call('ZRANGEBYLEX', KEYS[3], '[' .. dead .. ':', '(' .. dead .. ';', 'LIMIT', 0, ARGV[4])
  for _, each in ipairs(some) do
    local sid = string.sub(each, 18)
    local value = get(sid)
    redis.call('ZREM', KEYS[3], each)
    if value and owner_of(value) == dead then
      give(sid, value, none)
      redis.call('ZADD', KEYS[2], whole(now + ttl), sid)
      redis.call('ZADD', KEYS[6], whole(now), sid)
      freed = freed + 1
    end
  end
  if #some < tonumber(ARGV[4]) then redis.call('ZREM', KEYS[5], dead) end
end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', whole(now - 3600000))
live()
return {had_lease and 'alive' or 'fresh', whole(freed), whole(redis.call('ZCARD', KEYS[2])), whole(redis.call('HLEN', KEYS[1]))}
)lua";

// ARGV: 4 most sessions, 5 bytes after which no more are read, 6 time for telling the application, after which another
// node does it; 7 `1` if the node has an application. Others leave what is owed to nodes that have one.
constexpr std::string_view reap = R"lua(
local ended, bytes, items = 0, 0, {}
for _, sid in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now), 'LIMIT', 0, ARGV[4])) do
  if bytes >= tonumber(ARGV[5]) then break end
  local value = get(sid)
  if not value then
    redis.call('ZREM', KEYS[2], sid)
  elseif not is_owed(value) then
    drop(sid, value)
    ended = ended + 1
  else
    if owner_of(value) ~= told then give(sid, value, told) end
    redis.call('ZADD', KEYS[2], whole(now + tonumber(ARGV[6])), sid)
    if ARGV[7] == '1' then
      items[#items + 1] = sid
      items[#items + 1] = string.sub(value, 83)
      bytes = bytes + #value
    end
  end
end
return {whole(ended), items}
)lua";

// ARGV: 4 digest of the identity, 5 sid behind which to go on, or empty; 6 most sessions at a time. Sessions that have
// a connection do not end.
constexpr std::string_view end_of = R"lua(
local from = '[' .. ARGV[4] .. ':'
if ARGV[5] ~= '' then from = '(' .. ARGV[4] .. ':' .. ARGV[5] end
local some = redis.call('ZRANGEBYLEX', KEYS[4], from, '(' .. ARGV[4] .. ';', 'LIMIT', 0, ARGV[6])
local sid = ''
for _, each in ipairs(some) do
  sid = string.sub(each, 34)
  local value = get(sid)
  if not value then
    redis.call('ZREM', KEYS[4], each)
  elseif owner_of(value) == none then
    give(sid, value, told)
    redis.call('ZADD', KEYS[2], 0, sid)
  end
end
if #some < tonumber(ARGV[6]) then sid = '' end
return {'done', sid}
)lua";

log_script make(std::string_view part) { return log_script{std::string{begin}.append(part)}; }

}  // namespace

const log_script& script_of(session_script which) {
  static const std::array<log_script, session_scripts> all{make(keep),  make(take), make(owe),   make(settle),
                                                           make(renew), make(reap), make(end_of)};
  return all[static_cast<std::size_t>(which)];
}

}  // namespace ability
