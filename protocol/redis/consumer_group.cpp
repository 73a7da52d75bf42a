#include "protocol/redis/consumer_group.hpp"

#include <limits>
#include <utility>

#include "protocol/redis/redis_answers.hpp"
#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

constexpr std::string_view payload_field = "payload";

// Deleting a consumer drops what it has not acknowledged. So that goes to a consumer that nobody is, from which it can
// be claimed at once, as nobody has worked on it for a day.
constexpr std::string_view leave_script = R"(
local key, group, me = KEYS[1], ARGV[1], ARGV[2]
local left = redis.call('XPENDING', key, group, '-', '+', 100000, me)
for _, each in ipairs(left) do
  redis.call('XCLAIM', key, group, 'ability-left', 0, each[1], 'IDLE', 86400000, 'JUSTID')
end
for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', key, group)) do
  local facts = {}
  for i = 1, #each, 2 do facts[each[i]] = each[i + 1] end
  if facts.pending == 0 and (facts.name == me or facts.idle > 3600000) then
    redis.call('XGROUP', 'DELCONSUMER', key, group, facts.name)
  end
end
return #left
)";

void add_ids(redis_words& to, std::span<const redis_entry_id> ids) {
  for (const auto& id : ids)
    to.add(to_text(id));
}

std::optional<redis_entry_id> id_in(const redis_value& value) {
  return value.is_text() ? read_entry_id(value.text) : std::nullopt;
}

// Reads `[ID, [FIELD, VALUE, …]]`, or `[ID, nil]` of an entry that was deleted.
std::optional<redis_entry> read_entry(redis_value& from, std::size_t longest) {
  if (!from.is_list() || from.items.size() != 2)
    return std::nullopt;
  const auto id = id_in(from.items[0]);
  auto& fields = from.items[1];
  if (!id || (!fields.is_list() && fields.what != redis_value::kind::nil))
    return std::nullopt;
  redis_entry entry{.id = *id};
  if (!fields.is_list()) {
    entry.what = redis_entry::content::gone;
    return entry;
  }
  redis_value* payload = nullptr;
  for (std::size_t i = 0; i + 1 < fields.items.size(); i += 2)
    if (fields.items[i].text == payload_field)
      payload = &fields.items[i + 1];
  if (payload == nullptr)
    entry.what = redis_entry::content::no_payload;
  else if (!payload->is_text() || payload->text.size() > longest)
    entry.what = redis_entry::content::too_large;
  else
    entry.payload = std::move(payload->text);
  return entry;
}

}  // namespace

std::string to_text(const redis_entry_id& id) { return std::to_string(id.time) + '-' + std::to_string(id.number); }

std::optional<redis_entry_id> read_entry_id(std::string_view text) {
  const auto end = text.find('-');
  redis_entry_id id;
  if (end == std::string_view::npos || !read_whole(text.substr(0, end), id.time) ||
      !read_whole(text.substr(end + 1), id.number))
    return std::nullopt;
  return id;
}

redis_entry_id before(const redis_entry_id& id) noexcept {
  if (id.number > 0)
    return {id.time, id.number - 1};
  return id.time > 0 ? redis_entry_id{id.time - 1, std::numeric_limits<std::uint64_t>::max()} : id;
}

// -- commands ---

std::string create_group_command(const redis_consumer& who) {
  return redis_words{6}.add("XGROUP").add("CREATE").add(who.stream).add(who.group).add("0").add("MKSTREAM").take();
}

std::string read_new_command(const redis_consumer& who, std::size_t count, std::chrono::milliseconds patience) {
  return redis_words{11}
      .add("XREADGROUP")
      .add("GROUP")
      .add(who.group)
      .add(who.name)
      .add("COUNT")
      .add(count)
      .add("BLOCK")
      .add(patience)
      .add("STREAMS")
      .add(who.stream)
      .add(">")
      .take();
}

std::string read_own_command(const redis_consumer& who, std::size_t count, const redis_entry_id& behind) {
  return redis_words{9}
      .add("XREADGROUP")
      .add("GROUP")
      .add(who.group)
      .add(who.name)
      .add("COUNT")
      .add(count)
      .add("STREAMS")
      .add(who.stream)
      .add(to_text(behind))
      .take();
}

std::string acknowledge_command(const redis_consumer& who, std::span<const redis_entry_id> ids) {
  redis_words words{3 + ids.size()};
  words.add("XACK").add(who.stream).add(who.group);
  add_ids(words, ids);
  return words.take();
}

std::string delete_command(const redis_consumer& who, std::span<const redis_entry_id> ids) {
  redis_words words{2 + ids.size()};
  words.add("XDEL").add(who.stream);
  add_ids(words, ids);
  return words.take();
}

std::string keep_command(const redis_consumer& who, std::span<const redis_entry_id> ids) {
  redis_words words{6 + ids.size()};
  words.add("XCLAIM").add(who.stream).add(who.group).add(who.name).add("0");
  add_ids(words, ids);
  return words.add("JUSTID").take();
}

std::string claim_command(const redis_consumer& who, std::size_t count, std::chrono::milliseconds idle,
                          const redis_entry_id& from) {
  return redis_words{9}
      .add("XAUTOCLAIM")
      .add(who.stream)
      .add(who.group)
      .add(who.name)
      .add(idle)
      .add(to_text(from))
      .add("COUNT")
      .add(count)
      .add("JUSTID")
      .take();
}

std::string first_own_command(const redis_consumer& who, const redis_entry_id& behind) {
  return redis_words{7}
      .add("XPENDING")
      .add(who.stream)
      .add(who.group)
      .add('(' + to_text(behind))
      .add("+")
      .add("1")
      .add(who.name)
      .take();
}

std::string leave_command(const redis_consumer& who) {
  return redis_words{6, leave_script.size()}
      .add("EVAL")
      .add(leave_script)
      .add("1")
      .add(who.stream)
      .add(who.group)
      .add(who.name)
      .take();
}

// -- answers ---

redis_result<std::vector<redis_entry>> read_taken(redis_value& answer, std::size_t longest) {
  std::vector<redis_entry> taken;
  if (answer.what == redis_value::kind::nil)
    return taken;
  // One stream: its name and its entries.
  if (!answer.is_list() || answer.items.size() != 1 || !answer.items[0].is_list() ||
      answer.items[0].items.size() != 2 || !answer.items[0].items[1].is_list())
    return error_of(answer);
  auto& entries = answer.items[0].items[1].items;
  taken.reserve(entries.size());
  for (auto& each : entries) {
    auto entry = read_entry(each, longest);
    if (!entry)
      return redis_error{redis_failure::malformed, {}};
    taken.push_back(std::move(*entry));
  }
  return taken;
}

// Redis 7.0 adds a list of entries that were deleted, and no longer has them among the others.
redis_result<redis_claimed> read_claimed(const redis_value& answer) {
  if (!answer.is_list() || answer.items.size() < 2 || !answer.items[1].is_list())
    return error_of(answer);
  const auto next = id_in(answer.items[0]);
  if (!next)
    return redis_error{redis_failure::malformed, {}};
  redis_claimed claimed{.next = *next};
  for (const auto& each : answer.items[1].items) {
    const auto id = id_in(each);
    if (!id)
      return redis_error{redis_failure::malformed, {}};
    claimed.ids.push_back(*id);
  }
  if (answer.items.size() > 2)
    claimed.gone = answer.items[2].items.size();
  return claimed;
}

std::optional<redis_entry_id> read_first_own(const redis_value& answer) {
  if (!answer.is_list() || answer.items.empty() || !answer.items[0].is_list() || answer.items[0].items.empty())
    return std::nullopt;
  return id_in(answer.items[0].items[0]);
}

// UNBLOCKED is the answer to a reading that waited when the stream was deleted.
bool lacks_group(const redis_value& answer) noexcept {
  return answer.is_error() && (answer.text.starts_with("NOGROUP") || answer.text.starts_with("UNBLOCKED"));
}

bool has_group(const redis_value& answer) noexcept {
  return answer.what == redis_value::kind::status || (answer.is_error() && answer.text.starts_with("BUSYGROUP"));
}

}  // namespace ability
