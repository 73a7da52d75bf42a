#include "net/redis/redis_stream_reader.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <span>
#include <utility>

#include "actors/ingress/messages.hpp"
#include "actors/node/log.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability {

namespace {

using boost::system::error_code;

std::string name_of_consumer(random_source& from) {
  std::string name{"ability-"};
  append_epoch(name, from.next_seed());
  return name;
}

// The server that has the stream.
redis_endpoint endpoint_of(redis_endpoint where, const redis_stream_settings& stream) {
  where.key = stream.key;
  return where;
}

redis_endpoint with_long_texts(redis_endpoint where) {
  where.passes_over_long_texts = true;
  return where;
}

std::string name_of_all(const redis_endpoint& where) {
  return where.cluster.empty() ? name_of(where) : "Redis Cluster";
}

redis_error error_in(const redis_result<redis_value>& got) {
  if (const auto* const error = std::get_if<redis_error>(&got))
    return *error;
  const auto& value = std::get<redis_value>(got);
  return value.is_error() ? redis_error{redis_failure_of(value.text), value.text}
                          : redis_error{redis_failure::malformed, "an answer that it never has"};
}

constexpr std::chrono::minutes quiet_after_refusal{1};

// True if there was no answer, which the loss of the connection tells, too.
bool is_lost(const redis_error& error) {
  return error.why == redis_failure::no_answer || error.why == redis_failure::away;
}

// True if another server has the stream now, or the master has become a replica.
bool leads_elsewhere(const redis_error& error) {
  return ends_connection(error.why) || error.why == redis_failure::moved;
}

// True if the answer itself could not be read, so that it would break the next connection, too.
bool tells_of_answer(std::string_view why) { return why.find(": Protocol error, ") != std::string_view::npos; }

}  // namespace

redis_stream_reader::redis_stream_reader(boost::asio::io_context& io, lane_home& home, const redis_endpoint& where,
                                         std::chrono::milliseconds answer_timeout)
    : io_{io},
      home_{home},
      how_{home.here.settings.redis_stream},
      where_{endpoint_of(where, how_)},
      who_{how_.key, how_.group, name_of_consumer(home.random)},
      reading_pause_{io},
      acknowledging_pause_{io},
      reader_{io,
              with_long_texts(where_),
              {.answer_timeout = how_.patience + answer_timeout},
              reading_counters_,
              home.random,
              {.up = [this] { resume(); }, .down = [this](const std::string& why) { reading_lost(why); }}},
      commands_{io,
                where_,
                {.answer_timeout = answer_timeout},
                command_counters_,
                home.random,
                {.up =
                     [this] {
                       resume();
                       send_acknowledgements();
                     },
                 .down = [this](const std::string& why) { changed(why); }}} {}

redis_stream_reader::~redis_stream_reader() { close(); }

void redis_stream_reader::open(redis_consumer_actor owner) {
  close();
  owner_ = std::move(owner);
  is_open_ = reads_ = true;
  behind_ = redis_entry_id{};
  reader_.open({create_group_command(who_)});
  commands_.open();
}

void redis_stream_reader::close() {
  if (!is_open_)
    return;
  is_open_ = reads_ = false;
  reader_.close();
  commands_.close();
  reading_pause_.cancel();
  acknowledging_pause_.cancel();
  owner_ = nullptr;
  wanted_ = 0;
  to_acknowledge_.clear();
  acknowledging_.clear();
  unreadable_.reset();
  is_asking_ = is_claiming_ = was_up_ = reading_refused_ = acknowledging_refused_ = false;
}

// -- connections ---

void redis_stream_reader::resume() {
  changed({});
  if (!reads_ || !reader_.is_up() || !commands_.is_up())
    return;
  if (unreadable_)
    find_unreadable();
  else
    ask();
}

// Entries of the answer that was lost are this consumer's, so they are read again: from the first one on, or one by one
// from where they are too large to be read together.
void redis_stream_reader::reading_lost(const std::string& why) {
  if (!reads_)
    return;
  at_a_time_ = 1;
  const auto lost = std::exchange(lost_, 0);
  if (lost == 0 || !tells_of_answer(why))
    behind_ = redis_entry_id{};
  else if (lost == 1)
    unreadable_ = behind_;
  changed(why);
}

void redis_stream_reader::changed(const std::string& why) {
  if (!is_open_)
    return;
  const bool is_up = reader_.is_up() && commands_.is_up() && !reading_refused_ && !acknowledging_refused_;
  const bool was_up = std::exchange(was_up_, is_up);
  if (is_up && !was_up)
    caf::anon_send(owner_, redis_connected{});
  if (!why.empty() && reads_)
    caf::anon_send(owner_, redis_lost{why});
}

void redis_stream_reader::refused(part what, std::string_view command, const redis_error& why) {
  auto& pipeline = what == part::reading ? reader_ : commands_;
  const auto text = std::string{command} + " refused: " + without_secret(why.detail, where_.password);
  if (leads_elsewhere(why))
    return pipeline.reconnect(text);
  (what == part::reading ? reading_refused_ : acknowledging_refused_) = true;
  changed(name_of_all(where_) + ": " + text);
  if (what == part::reading)
    after_pause(reading_pause_, &redis_stream_reader::ask);
  else
    after_pause(acknowledging_pause_, &redis_stream_reader::send_acknowledgements);
}

// Entries are published without these commands, so that nothing else tells that they fail: Redis keeps each entry for
// ever, or those of a consumer that has died.
void redis_stream_reader::note_refusal_of(std::string_view command, const reply& got) {
  const auto* const value = std::get_if<redis_value>(&got);
  const auto now = home_.here.now();
  if (!is_open_ || value == nullptr || !value->is_error() || now < quiet_until_)
    return;
  quiet_until_ = now + quiet_after_refusal;
  log(log_level::warn, "redis has refused a command for the entries of a stream; others are not told of for a minute",
      {{"stream", who_.stream},
       {"command", std::string{command}},
       {"answer", without_secret(value->text, where_.password)}});
}

void redis_stream_reader::allowed(part what) {
  if (std::exchange(what == part::reading ? reading_refused_ : acknowledging_refused_, false))
    changed({});
}

void redis_stream_reader::after_pause(boost::asio::steady_timer& timer, void (redis_stream_reader::*then)()) {
  timer.expires_after(pause);
  timer.async_wait([this, then, alive = std::weak_ptr{alive_}](const error_code& error) {
    if (!error && !alive.expired() && is_open_)
      (this->*then)();
  });
}

// -- reading ---

void redis_stream_reader::read(std::size_t count) {
  wanted_ = count;
  ask();
}

void redis_stream_reader::ask() {
  if (!reads_ || wanted_ == 0 || is_asking_ || unreadable_ || !reader_.is_up())
    return;
  is_asking_ = true;
  const auto count = std::min(wanted_, at_a_time_);
  reader_.send(behind_ ? read_own_command(who_, count, *behind_) : read_new_command(who_, count, how_.patience),
               [this, behind = behind_, count](reply got) { take(std::move(got), behind, count); });
}

void redis_stream_reader::take(reply got, std::optional<redis_entry_id> behind, std::size_t count) {
  is_asking_ = false;
  if (!reads_)
    return;
  auto* const value = std::get_if<redis_value>(&got);
  lost_ = value == nullptr && behind ? count : 0;
  if (value == nullptr)
    return;
  if (lacks_group(*value))
    return make_group();
  auto entries = read_taken(*value, where_.max_payload);
  if (auto* const taken = std::get_if<std::vector<redis_entry>>(&entries)) {
    allowed(part::reading);
    return hand_over(std::move(*taken), behind, count);
  }
  refused(part::reading, "XREADGROUP", error_in(got));
}

void redis_stream_reader::hand_over(std::vector<redis_entry> entries, const std::optional<redis_entry_id>& behind,
                                    std::size_t count) {
  std::size_t bytes = 0;
  for (const auto& each : entries)
    bytes += each.payload.size();
  if (bytes > large_answer)
    at_a_time_ = std::max<std::size_t>(1, at_a_time_ / 2);
  else if (entries.size() == count)
    at_a_time_ = std::min(at_a_time_ * 2, most_at_a_time);
  const bool are_all_read = behind && entries.empty();
  if (are_all_read)
    behind_.reset();
  else if (behind)
    behind_ = entries.back().id;
  if (claimed_) {
    behind_ = behind_ ? std::min(*behind_, *claimed_) : *claimed_;
    claimed_.reset();
  }
  if (are_all_read)
    return ask();
  wanted_ = 0;
  caf::anon_send(owner_, entries_read{std::move(entries)});
}

// The stream, or its group, was deleted, or Redis has lost its data.
void redis_stream_reader::make_group() {
  log(log_level::warn, "the group of the redis stream is gone, making it again",
      {{"stream", who_.stream}, {"group", who_.group}});
  is_asking_ = true;
  reader_.send(create_group_command(who_), [this](const reply& got) {
    is_asking_ = false;
    const auto* const value = std::get_if<redis_value>(&got);
    if (value == nullptr || !reads_)
      return;
    if (has_group(*value))
      ask();
    else
      refused(part::reading, "XGROUP", error_in(got));
  });
}

// Asks for the id of an entry whose answer cannot be read, however large it is, and hands it over as too large.
void redis_stream_reader::find_unreadable() {
  commands_.send(first_own_command(who_, *unreadable_), [this](const reply& got) {
    const auto* const value = std::get_if<redis_value>(&got);
    if (value == nullptr || !reads_ || !unreadable_)
      return;
    const auto id = read_first_own(*value);
    behind_ = id.value_or(redis_entry_id{});
    unreadable_.reset();
    if (id && wanted_ > 0) {
      wanted_ = 0;
      std::vector<redis_entry> entries;
      entries.push_back({.id = *id, .what = redis_entry::content::too_large});
      caf::anon_send(owner_, entries_read{std::move(entries)});
    } else {
      ask();
    }
  });
}

void redis_stream_reader::stop_reading() {
  reads_ = false;
  wanted_ = 0;
  reader_.close();
  reading_pause_.cancel();
}

// -- acknowledging ---

void redis_stream_reader::acknowledge(const redis_entry_id& id) {
  to_acknowledge_.push_back(id);
  if (std::exchange(acknowledging_soon_, true))
    return;
  // Entries that are published in one turn of the event loop are acknowledged together.
  boost::asio::post(io_, [this, alive = std::weak_ptr{alive_}] {
    if (alive.expired())
      return;
    acknowledging_soon_ = false;
    send_acknowledgements();
  });
}

// Deleted first: an entry that is deleted and not acknowledged is passed over by whoever claims it, whereas one that is
// acknowledged and not deleted would stay, and be read again if the group is made anew.
void redis_stream_reader::send_acknowledgements() {
  if (!commands_.is_up() || !acknowledging_.empty() || to_acknowledge_.empty())
    return;
  const auto count = std::min(to_acknowledge_.size(), ids_at_a_time);
  const auto first = to_acknowledge_.begin();
  acknowledging_.assign(first, first + static_cast<std::ptrdiff_t>(count));
  to_acknowledge_.erase(first, first + static_cast<std::ptrdiff_t>(count));
  commands_.send(delete_command(who_, acknowledging_), [this](const reply& got) { note_refusal_of("XDEL", got); });
  commands_.send(acknowledge_command(who_, acknowledging_), [this](const reply& got) { take_acknowledged(got); });
}

void redis_stream_reader::take_acknowledged(const reply& got) {
  if (!is_open_)
    return;
  auto ids = std::exchange(acknowledging_, {});
  const auto* const value = std::get_if<redis_value>(&got);
  if (value != nullptr && value->is_number()) {
    allowed(part::acknowledging);
    caf::anon_send(owner_, entries_acknowledged{std::move(ids)});
    return send_acknowledgements();
  }
  to_acknowledge_.insert(to_acknowledge_.begin(), ids.begin(), ids.end());
  if (const auto error = error_in(got); !is_lost(error))
    refused(part::acknowledging, "XACK", error);
}

void redis_stream_reader::keep(const std::vector<redis_entry_id>& ids) {
  for (std::size_t i = 0; i < ids.size() && commands_.is_up(); i += ids_at_a_time) {
    const auto count = std::min(ids_at_a_time, ids.size() - i);
    commands_.send(keep_command(who_, std::span{ids}.subspan(i, count)),
                   [this](const reply& got) { note_refusal_of("XCLAIM", got); });
  }
}

void redis_stream_reader::claim(std::size_t count) {
  if (commands_.is_up() && !std::exchange(is_claiming_, true))
    claim_from(std::exchange(claimed_up_to_, {}), count);
}

// Only the ids are asked for: entries are read by the other connection, which knows what to do about large ones.
void redis_stream_reader::claim_from(const redis_entry_id& from, std::size_t count) {
  const auto at_a_time = std::min(count, most_at_a_time);
  commands_.send(claim_command(who_, at_a_time, how_.claim_after, from), [this, count](const reply& got) {
    is_claiming_ = false;
    const auto* const value = std::get_if<redis_value>(&got);
    note_refusal_of("XAUTOCLAIM", got);
    if (value == nullptr || !reads_)
      return;
    const auto answer = read_claimed(*value);
    const auto* const claimed = std::get_if<redis_claimed>(&answer);
    if (claimed == nullptr) {
      if (const auto error = error_in(got); leads_elsewhere(error))
        refused(part::acknowledging, "XAUTOCLAIM", error);
      return;
    }
    home_.counters.entries.claimed.add(claimed->ids.size());
    home_.counters.entries.gone.add(claimed->gone);
    if (!claimed->ids.empty()) {
      const auto behind = before(claimed->ids.front());
      claimed_ = claimed_ ? std::min(*claimed_, behind) : behind;
    }
    const auto left = count - std::min(count, claimed->ids.size());
    if (claimed->next == redis_entry_id{})
      return;
    if (left == 0) {
      claimed_up_to_ = claimed->next;
      return;
    }
    is_claiming_ = true;
    claim_from(claimed->next, left);
  });
}

void redis_stream_reader::leave() {
  const auto tell = [owner = owner_](const reply&) { caf::anon_send(owner, group_left{}); };
  commands_.send(leave_command(who_), tell);
}

}  // namespace ability
