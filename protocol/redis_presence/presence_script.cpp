#include "protocol/redis_presence/presence_script.hpp"

#include <string>
#include <string_view>

namespace ability {

namespace {

// KEYS: who, due. ARGV: 1 command that tells followers, 2 channel, 3 time for which a session is present unless it is
// renewed, 4 most members, 5 most sessions; then five words for each order: its kind, sid, id, info, time to live. All
// times are milliseconds.
//
// A member is `LIVE:ENDED:INFO`: the number of sessions that live, the sid of the one that ended last and may come
// back, and its JSON. Earlier ones that ended do not matter: they were due earlier.
//
// Each order is carried out as a whole or not at all, for whatever the server refuses: what it may refuse for lack of
// memory is written first. Events are told in the order of the orders, many at a time: `+SIZE:SIZE:ID INFO` without the
// blank, `-SIZE:ID`.
constexpr std::string_view members = R"lua(
local function whole(n) return string.format('%.0f', n) end
local who, due = KEYS[1], KEYS[2]
local lease, most, most_sessions = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
if redis.call('HLEN', who) == 0 or redis.call('ZCARD', due) == 0 then redis.call('DEL', who, due) end
local told, told_bytes = {}, 0
local function publish()
  if #told > 0 then redis.call(ARGV[1], ARGV[2], table.concat(told)) end
  told, told_bytes = {}, 0
end
local function tell(event)
  if told_bytes + #event > 32768 then publish() end
  told[#told + 1] = event
  told_bytes = told_bytes + #event
end
local function find(id)
  local live, ended, info = string.match(redis.call('HGET', who, id) or '', '^(%d+):([^:]*):(.*)$')
  return live and {live = tonumber(live), ended = ended, info = info}
end
local function keep(id, member)
  redis.call('HSET', who, id, whole(member.live) .. ':' .. member.ended .. ':' .. member.info)
end
local function is_known(sid, id) return redis.call('ZSCORE', due, sid .. '|' .. id) end
local function forget(sid, id) redis.call('ZREM', due, sid .. '|' .. id) end
local function await(sid, id, time) redis.call('ZADD', due, whole(now + time), sid .. '|' .. id) end
local function enter(sid, id, info, is_told)
  local member, known, outcome = find(id), is_known(sid, id), 'updated'
  if not member then
    member, known, outcome = {live = 0, ended = ''}, false, 'joined'
  elseif member.live == 0 then
    outcome = 'returned'
  end
  if is_told and ((outcome == 'joined' and redis.call('HLEN', who) >= most) or
                  (not known and redis.call('ZCARD', due) >= most_sessions)) then
    return 'full'
  end
  local ended = member.ended
  if not known or ended == sid then member.live = member.live + 1 end
  member.ended, member.info = '', info
  keep(id, member)
  await(sid, id, lease)
  if ended ~= '' and ended ~= sid then forget(ended, id) end
  if is_told and outcome == 'joined' then tell('+' .. #id .. ':' .. #info .. ':' .. id .. info) end
  return outcome
end
local function remove(sid, id)
  local member = find(id)
  if not member or not is_known(sid, id) then
    forget(sid, id)
    return 'absent'
  end
  if member.ended == sid then member.ended = '' else member.live = math.max(member.live - 1, 0) end
  if member.live > 0 or member.ended ~= '' then
    keep(id, member)
    forget(sid, id)
    return 'still'
  end
  redis.call('HDEL', who, id)
  forget(sid, id)
  tell('-' .. #id .. ':' .. id)
  return 'left'
end
local orders = {
  join = function(sid, id, info) return enter(sid, id, info, true) end,
  keep = function(sid, id, info) return enter(sid, id, info, false) end,
  gone = function(sid, id, info, time)
    local member, known = find(id), is_known(sid, id)
    if not member then member, known = {live = 0, ended = '', info = info}, false end
    if known and member.ended == sid then return 'gone' end
    local earlier = member.ended
    if known then member.live = math.max(member.live - 1, 0) end
    member.ended = sid
    keep(id, member)
    await(sid, id, tonumber(time))
    if earlier ~= '' then forget(earlier, id) end
    return 'gone'
  end,
  leave = remove,
  renew = function(sid, id)
    if not is_known(sid, id) or not find(id) then return 'unknown' end
    await(sid, id, lease)
    return 'renewed'
  end,
  expire = function()
    local left = 0
    for _, each in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', whole(now), 'LIMIT', 0, 500)) do
      local sid, id = string.match(each, '^([^|]*)|(.*)$')
      if not sid then
        redis.call('ZREM', due, each)
      elseif remove(sid, id) == 'left' then
        left = left + 1
      end
    end
    return 'expired:' .. left
  end
}
local answer = {'', ''}
for i = 6, #ARGV, 5 do
  local done, outcome = pcall(orders[ARGV[i]], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
  if not done then outcome = 'failed:' .. (type(outcome) == 'table' and outcome.err or tostring(outcome)) end
  answer[#answer + 1] = outcome
end
publish()
local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
if first[2] then
  redis.call('PEXPIRE', who, lease + 600000)
  redis.call('PEXPIRE', due, lease + 600000)
  answer[2] = whole(math.max(tonumber(first[2]) - now, 0))
end
answer[1] = whole(redis.call('HLEN', who))
return answer
)lua";

}  // namespace

const log_script& presence_script() {
  static const log_script script{std::string{members}};
  return script;
}

}  // namespace ability
