#include "net/redis/redis_log_store.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/stream/messages.hpp"
#include "protocol/redis/redis_words.hpp"
#include "protocol/redis_log/log_answers.hpp"
#include "protocol/redis_log/log_scripts.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"

namespace ability {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

std::string loading_of(const log_script& script) {
  return redis_words{3, script.text.size()}.add("SCRIPT").add("LOAD").add(script.text).take();
}

// True if the script has to be sent as a whole.
bool lacks_script(const redis_result<redis_value>& reply) {
  const auto* const value = std::get_if<redis_value>(&reply);
  return value != nullptr && value->is_error() && redis_failure_of(value->text) == redis_failure::no_script;
}

std::string random_text(random_source& from) {
  std::string text;
  append_epoch(text, from.next_seed());
  return text;
}

}  // namespace

redis_log_store::redis_log_store(boost::asio::io_context& io, lane_home& home, const redis_endpoint& where,
                                 redis_log_settings how)
    : home_{home},
      how_{std::move(how)},
      node_{random_text(home.random)},
      commands_{io,
                where,
                how_.pipeline,
                home.counters.redis,
                home.random,
                {.up =
                     [this] {
                       changed({});
                       repeat_all();
                       for (const auto& [name, stream] : followed_)
                         caf::anon_send(stream.who, log_followed{});
                     },
                 .down = [this](const std::string& why) { changed(why); }}},
      channels_{io,
                where,
                home.counters.redis,
                home.random,
                {.subscribed =
                     [this](const std::string& channel) {
                       if (const auto found = by_channel_.find(channel); found != by_channel_.end())
                         caf::anon_send(followed_.at(found->second).who, log_followed{});
                     },
                 .published = [this](const std::string& channel, std::string& text) { take_news(channel, text); },
                 .up = [this] { changed({}); },
                 .down = [this](const std::string& why) { changed(why); }}},
      patience_{io} {
  home_.here.redis = redis_state::lost;
}

redis_log_store::~redis_log_store() {
  is_open_ = false;
  channels_.close();
  commands_.close();
}

void redis_log_store::open() {
  is_open_ = true;
  commands_.open({loading_of(append_script()), loading_of(read_script())});
  channels_.open();
}

// Tells the node whether this lane has both connections. The first lane speaks for all in the log, as they have the
// same server.
void redis_log_store::changed(const std::string& why) {
  auto& here = home_.here;
  const bool is_first = here.lanes.front().get() == &home_;
  const bool is_up = commands_.is_up() && channels_.is_up();
  if (is_up != std::exchange(is_up_, is_up)) {
    const auto before = is_up ? here.stores_up.fetch_add(1) : here.stores_up.fetch_sub(1);
    here.redis = is_up && before + 1 == here.lanes.size() ? redis_state::connected : redis_state::lost;
    if (is_first)
      here.redis_reach.set(is_up);
    if (is_first && is_up) {
      last_reason_.clear();
      report(here, event_kind::redis, "connected");
      log(log_level::info, "redis reached, it keeps the logs of streams");
    }
  }
  if (!is_first || why.empty() || why == last_reason_)
    return;
  last_reason_ = why;
  report(here, event_kind::redis, "lost", why);
  log(log_level::warn, "redis not reached, retrying", {{"reason", why}});
}

// -- publications ---

void redis_log_store::append(broadcast_ptr message, const history_bounds& bounds,
                             std::shared_ptr<publication_receipt> receipt) {
  const auto* const of = find(message->content().stream);
  send_append({std::move(message), bounds, std::move(receipt), ++appended_, clock::now(),
               of == nullptr ? stream_position{} : of->known},
              script_form::digest);
}

void redis_log_store::send_append(appending what, script_form form) {
  const auto& message = what.message->content();
  const auto* const of = find(message.stream);
  const auto packed = pack_broadcast(message);
  const auto mark = mark_of(what.mark);
  log_append order{.packed = packed, .mark = mark, .limit = what.bounds.limit};
  std::string id_key;
  if (!message.id.empty() && home_.settings.history.dedupe.count() > 0) {
    id_key = log_id_key(how_.prefix, message.stream, message.id);
    order.id_key = id_key;
    order.dedupe = home_.settings.history.dedupe;
  }
  if (what.is_repeat)
    order.first_tried = std::chrono::duration_cast<milliseconds>(clock::now() - what.begun);
  const auto by = caller(what.known);
  auto command = of != nullptr ? append_command(of->keys, by, times_of(what.bounds), order, form)
                               : append_command({how_.prefix, message.stream}, by, times_of(what.bounds), order, form);
  // The callback has to be copyable.
  auto shared = std::make_shared<appending>(std::move(what));
  commands_.send(std::move(command), [this, shared, form](redis_result<redis_value> reply) {
    take_appended(std::move(*shared), form, std::move(reply));
  });
}

void redis_log_store::take_appended(appending what, script_form form, redis_result<redis_value> reply) {
  if (form == script_form::digest && lacks_script(reply))
    return send_append(std::move(what), script_form::text);
  if (const auto* const value = std::get_if<redis_value>(&reply))
    return answer(what, read_appended(*value));
  const auto& error = std::get<redis_error>(reply);
  const bool may_repeat = is_open_ && clock::now() - what.begun < 2 * how_.pipeline.answer_timeout;
  if (!may_repeat || (is_not_run(error.why) && !what.is_repeat))
    return answer(what, error);
  what.is_repeat = true;
  to_repeat_.push_back(std::move(what));
  give_up_late();
}

void redis_log_store::answer(appending& what, redis_result<log_appended> outcome) {
  if (const auto* const added = std::get_if<log_appended>(&outcome)) {
    if (added->what != log_appended::outcome::unsure)
      note_position(what.message->content().stream, added->at);
  } else {
    const auto& error = std::get<redis_error>(outcome);
    if (what.is_repeat && is_not_run(error.why))
      outcome = redis_error{redis_failure::no_answer, error.detail};  // the first attempt may have been run
    leave_wrong_server(error.why, "a publication");
  }
  caf::anon_send(home_.directory,
                 append_answered{std::move(what.message), std::move(what.receipt), std::move(outcome)});
}

void redis_log_store::leave_wrong_server(redis_failure why, std::string_view refused) {
  if (ends_connection(why))
    commands_.reconnect("refused " + std::string{refused} + ": " + std::string{name_of(why)});
}

// Sends the publications whose answers were lost again, in their order.
void redis_log_store::repeat_all() {
  for (auto& each : std::exchange(to_repeat_, {})) {
    home_.counters.redis.repeated.add();
    send_append(std::move(each), script_form::digest);
  }
}

// Answers those that have waited too long for a connection.
void redis_log_store::give_up_late() {
  const auto patience = 2 * how_.pipeline.answer_timeout;
  while (!to_repeat_.empty() && clock::now() - to_repeat_.front().begun >= patience) {
    auto late = std::move(to_repeat_.front());
    to_repeat_.pop_front();
    answer(late, redis_error{redis_failure::no_answer});
  }
  if (to_repeat_.empty() || std::exchange(patience_pending_, true))
    return;
  patience_.expires_at(to_repeat_.front().begun + patience);
  patience_.async_wait([this, alive = std::weak_ptr{alive_}](const error_code& error) {
    if (error || alive.expired())
      return;
    patience_pending_ = false;
    give_up_late();
  });
}

// -- followed streams ---

void redis_log_store::follow(const std::shared_ptr<const std::string>& stream, const history_bounds& bounds,
                             stream_actor who) {
  log_keys keys{how_.prefix, *stream};
  const auto channel = keys.channel;
  const bool is_known = followed_.contains(*stream);
  if (is_known)
    channels_.unsubscribe(channel);
  followed_.insert_or_assign(*stream, followed{stream, std::move(keys), bounds, std::move(who)});
  by_channel_.insert_or_assign(channel, *stream);
  channels_.subscribe(channel);
}

void redis_log_store::leave(const std::string& stream, const stream_actor& who) {
  const auto found = followed_.find(stream);
  if (found == followed_.end() || found->second.who != who)
    return;
  channels_.unsubscribe(found->second.keys.channel);
  by_channel_.erase(found->second.keys.channel);
  followed_.erase(found);
}

redis_log_store::followed* redis_log_store::find(const std::string& stream) {
  const auto found = followed_.find(stream);
  return found == followed_.end() ? nullptr : &found->second;
}

void redis_log_store::read(const std::string& stream, std::uint64_t behind) {
  send_read(stream, behind, script_form::digest);
}

void redis_log_store::send_read(const std::string& stream, std::uint64_t behind, script_form form) {
  const auto* const of = find(stream);
  if (of == nullptr)
    return;
  commands_.send(read_command(of->keys, caller(of->known), times_of(of->bounds), behind, read_size, form),
                 [this, stream, behind, form](redis_result<redis_value> reply) {
                   take_read(stream, behind, form, std::move(reply));
                 });
}

void redis_log_store::take_read(const std::string& stream, std::uint64_t behind, script_form form,
                                redis_result<redis_value> reply) {
  if (form == script_form::digest && lacks_script(reply))
    return send_read(stream, behind, script_form::text);
  auto* const of = find(stream);
  if (of == nullptr)
    return;
  redis_result<log_content> content = redis_error{};
  if (const auto* const error = std::get_if<redis_error>(&reply))
    content = *error;
  else
    content = read_content(stream, std::get<redis_value>(reply));
  if (const auto* const read = std::get_if<log_content>(&content))
    note_position(stream, read->at);
  else
    leave_wrong_server(std::get<redis_error>(content).why, "a reading");
  caf::anon_send(of->who, log_read{behind, std::move(content)});
}

// -- programs ---

void redis_log_store::list(const list_history& question, const history_bounds& bounds, listed then) {
  if (const auto why = refuses()) {
    home_.counters.redis.failed[static_cast<std::size_t>(*why)].add();
    return then(redis_error{*why});
  }
  send_list(question, bounds, std::move(then), script_form::digest);
}

void redis_log_store::send_list(const list_history& question, const history_bounds& bounds, listed then,
                                script_form form) {
  std::optional<std::uint64_t> behind;
  if (question.since)
    behind = question.since->offset;
  auto command = list_command({how_.prefix, question.stream}, caller({}), times_of(bounds), behind, question.limit,
                              read_size, form);
  commands_.send(std::move(command),
                 [this, question, bounds, then = std::move(then), form](const redis_result<redis_value>& reply) {
                   if (!is_open_)
                     return;
                   if (form == script_form::digest && lacks_script(reply))
                     return send_list(question, bounds, then, script_form::text);
                   if (const auto* const error = std::get_if<redis_error>(&reply))
                     return then(*error);
                   auto part = read_listed(question.stream, std::get<redis_value>(reply));
                   if (const auto* const error = std::get_if<redis_error>(&part))
                     leave_wrong_server(error->why, "a reading");
                   then(std::move(part));
                 });
}

void redis_log_store::take_news(const std::string& channel, const std::string& text) {
  const auto found = by_channel_.find(channel);
  if (found == by_channel_.end())
    return;
  auto& of = followed_.at(found->second);
  auto news = read_news(*of.stream, text);
  if (!news) {
    home_.counters.redis.malformed_news.add();
    return;
  }
  const stream_position at{news->epoch, news->entry.offset};
  note_position(*of.stream, at);
  caf::anon_send(of.who, log_news_came{at, news->entry.time,
                                       std::make_shared<accepted_broadcast>(std::move(news->entry.message),
                                                                            home_.here.gate, home_.here.now()),
                                       false});
}

// The highest offset that is known of an epoch; that of another epoch replaces it.
void redis_log_store::note_position(const std::string& stream, const stream_position& at) {
  auto* const of = find(stream);
  if (of != nullptr && (of->known.epoch != at.epoch || of->known.offset < at.offset))
    of->known = at;
}

// -- words of commands ---

log_caller redis_log_store::caller(const stream_position& known) {
  return {.run_id = commands_.server().run_id, .fresh_epoch = home_.random.next_seed(), .known = known};
}

log_times redis_log_store::times_of(const history_bounds& bounds) const {
  return {.ttl = bounds.ttl, .position_ttl = std::max(home_.settings.history.position_ttl, bounds.ttl)};
}

std::string redis_log_store::mark_of(std::uint64_t number) const { return node_ + ':' + std::to_string(number); }

}  // namespace ability
