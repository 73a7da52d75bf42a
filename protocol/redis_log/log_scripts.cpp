#include "protocol/redis_log/log_scripts.hpp"

#include <openssl/evp.h>

#include <array>
#include <span>
#include <utility>

#include "protocol/text/hex.hpp"

namespace ability {

namespace {

// Both scripts begin with this. KEYS: head, log. ARGV: 1 `master_replid` of the server, 2 epoch of a log that begins, 3
// and 4 highest position that the caller knows; the epoch is empty if it knows none.
//
// A log goes on in a new epoch if another server has written it, which may have written offsets that this one has lost:
// another process, or this one before it was a replica. A server's `master_replid` is a new one then. It changes with
// its first replica, too, so the one that a caller knows may be old, and a difference is looked at. The same if the
// caller knows such an offset. Offsets go on, so that a position in an earlier epoch, up to its last offset here, is
// the same as in the new one. `old` lists these: `EPOCH:LAST EPOCH:LAST`, the latest first.
//
// A head that this node cannot read, as others have written to it, is none: a log that waits for it would stay as it
// is.
constexpr std::string_view begin = R"lua(
local function whole(n) return string.format('%.0f', n) end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local head = redis.call('HMGET', KEYS[1], 'e', 'o', 'r', 't', 'a', 'c')
local epoch, last, time, old, complete = head[1], tonumber(head[2]), tonumber(head[4]), head[5], tonumber(head[6])
local changed, writer = false, ARGV[1]
local function is_own(of)
  if of == ARGV[1] then return true end
  writer = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or ARGV[1]
  return of == writer
end
local function is_number(text) return text and #text < 16 and string.find(text, '^%d+$') end
local function is_epoch(text) return text and #text == 16 and not string.find(text, '[^0-9a-f]') end
local function is_list(text) return text and not string.find((string.gsub(text, '%x+:%d+', '')), '%S') end
if not (is_epoch(epoch) and is_number(head[2]) and is_number(head[4]) and is_list(old) and is_number(head[6])) then
  redis.call('DEL', KEYS[2])
  epoch, last, time, old, complete, changed = ARGV[2], 0, now, '', now, true
elseif not is_own(head[3]) or (epoch == ARGV[3] and tonumber(ARGV[4]) > last) then
  local all = {epoch .. ':' .. whole(last)}
  for each in string.gmatch(old, '%S+') do
    if #all < 8 then all[#all + 1] = each end
  end
  epoch, old, changed = ARGV[2], table.concat(all, ' '), true
end
local function keep_head(ttl, appends)
  if changed then
    redis.call('HSET', KEYS[1], 'e', epoch, 'o', whole(last), 'r', writer, 't', whole(time), 'a', old, 'c', whole(complete))
  elseif appends then
    redis.call('HSET', KEYS[1], 'o', whole(last), 't', whole(time))
  end
  redis.call('PEXPIRE', KEYS[1], ttl)
end
local function time_of(entry) return is_number(entry[2][4]) and tonumber(entry[2][4]) end
local function drop_old(ttl)
  for _ = 1, 1000 do
    local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
    if not first then return whole(last + 1), '0' end
    if (time_of(first) or 0) + ttl > now then return string.match(first[1], '^%d+'), first[2][4] end
    redis.call('XDEL', KEYS[2], first[1])
  end
  return whole(last + 1), '0'
end
)lua";

// KEYS[3], if given: the publication by its id. ARGV: 5 most publications, 6 their time to live, 7 that of the
// position, 8 command that tells followers, 9 channel, 10 the publication, 11 mark of this attempt, 12 time for which
// the id is remembered, 13 age of the first attempt, if this one repeats it. All times are milliseconds.
//
// An attempt is repeated if its answer was lost. It looks for the mark in what came since: not found there, it appends;
// if the log does not reach back as far, it cannot tell. Clocks of servers may differ by 5 s.
//
// Entries that the head does not know of are in the way of the next one. They are of nobody who was told of them: the
// log begins anew.
constexpr std::string_view append = R"lua(
if KEYS[3] then
  local earlier = redis.call('GET', KEYS[3])
  if earlier then
    local e, o = string.match(earlier, '^(%x+):(%d+)$')
    if is_epoch(e) and is_number(o) then return {'earlier', e, o} end
  end
end
if ARGV[13] ~= '' and head[1] then
  local floor = 0
  if head[1] == ARGV[3] then floor = tonumber(ARGV[4]) end
  local since = now - tonumber(ARGV[13]) - 5000
  local covered = time < since or last <= floor
  local up_to, lowest = '+', last + 1
  while not covered do
    local some = redis.call('XREVRANGE', KEYS[2], up_to, '(' .. whole(floor) .. '-0', 'COUNT', 100)
    for _, each in ipairs(some) do
      lowest = tonumber(string.match(each[1], '^%d+'))
      if each[2][6] == ARGV[11] then return {'earlier', head[1], whole(lowest)} end
      if (time_of(each) or now) < since then covered = true break end
    end
    if #some < 100 then break end
    up_to = '(' .. some[100][1]
  end
  if not covered and lowest ~= floor + 1 then return {'unsure'} end
end
last = last + 1
time = math.max(now, time)
local function add()
  return redis.pcall('XADD', KEYS[2], 'MAXLEN', ARGV[5], whole(last) .. '-0', 'p', ARGV[10], 't', whole(time), 'i', ARGV[11])
end
local added = add()
if added.err and string.find(added.err, 'equal or smaller', 1, true) then
  redis.call('DEL', KEYS[2])
  epoch, old, complete, changed = ARGV[2], '', now, true
  added = add()
end
if added.err then return added end
redis.call('PEXPIRE', KEYS[2], ARGV[6])
keep_head(ARGV[7], true)
if last % 16 == 0 then drop_old(tonumber(ARGV[6])) end
if KEYS[3] then redis.call('SET', KEYS[3], epoch .. ':' .. whole(last), 'PX', ARGV[12]) end
redis.call(ARGV[8], ARGV[9], epoch .. ':' .. whole(last) .. ':' .. whole(time) .. ':' .. ARGV[10])
return {'new', epoch, whole(last), whole(time)}
)lua";

// KEYS[3]: sessions that are present in the stream. ARGV: 5 offset behind which publications are wanted, `-` for the
// last ones, empty for none; 6 their time to live, 7 that of the position, 8 bytes after which no more are read, 9 most
// publications, 10 empty: a log that is not there is not begun, and the answer is an empty list.
constexpr std::string_view read = R"lua(
if ARGV[10] == '' and not head[1] then return {} end
local first, first_time = drop_old(tonumber(ARGV[6]))
keep_head(ARGV[7], false)
local items, bytes, left, edge = {}, 0, tonumber(ARGV[9]), '(' .. ARGV[5] .. '-0'
local backward = ARGV[5] == '-'
if backward then edge = '+' end
if ARGV[5] == '' then left = 0 end
while left > 0 do
  local count, some = math.min(left, 16), nil
  if backward then
    some = redis.call('XREVRANGE', KEYS[2], edge, '-', 'COUNT', count)
  else
    some = redis.call('XRANGE', KEYS[2], edge, '+', 'COUNT', count)
  end
  left = left - count
  if #some < count then left = 0 end
  for _, each in ipairs(some) do
    local offset = string.match(each[1], '^%d+')
    if backward then
      for _, part in ipairs({each[2][2], each[2][4] or '', offset}) do items[#items + 1] = part end
    else
      for _, part in ipairs({offset, each[2][4] or '', each[2][2]}) do items[#items + 1] = part end
    end
    edge = '(' .. each[1]
    bytes = bytes + #each[2][2] + 64
    if bytes >= tonumber(ARGV[8]) then left = 0 break end
  end
end
if backward then
  for i = 1, math.floor(#items / 2) do items[i], items[#items + 1 - i] = items[#items + 1 - i], items[i] end
end
return {epoch, whole(last), whole(time), whole(complete), whole(now), first, first_time, old, items,
  whole(redis.call('ZCARD', KEYS[3]))}
)lua";

std::string sha1_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return to_hex(std::span{digest}.first(size));
}

}  // namespace

log_script::log_script(std::string code) : text{std::move(code)}, digest{sha1_of(text)} {}

void add_script(redis_words& to, const log_script& script, script_form form) {
  if (form == script_form::digest)
    to.add("EVALSHA").add(script.digest);
  else
    to.add("EVAL").add(script.text);
}

const log_script& append_script() {
  static const log_script script{std::string{begin} + std::string{append}};
  return script;
}

const log_script& read_script() {
  static const log_script script{std::string{begin} + std::string{read}};
  return script;
}

}  // namespace ability
