#include "net/redis/redis_log_store.hpp"

#include <caf/send.hpp>
#include <utility>
#include <vector>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/stream/messages.hpp"
#include "actors/stream/stream_sharing.hpp"
#include "net/redis/redis_dialer.hpp"
#include "protocol/redis/redis_words.hpp"
#include "protocol/redis_log/log_answers.hpp"
#include "protocol/redis_log/log_scripts.hpp"
#include "protocol/redis_log/packed_broadcast.hpp"
#include "protocol/redis_presence/presence_answers.hpp"
#include "protocol/redis_presence/presence_script.hpp"
#include "protocol/redis_sessions/session_scripts.hpp"

namespace ability {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes refusal_pause{1};
constexpr std::size_t most_reasons = 1'000;

// Streams that are followed are read more often, and their positions are never forgotten.
constexpr milliseconds shortest_position_ttl = 3 * stream_sharing::check_interval;

std::string loading_of(const log_script& script) {
  return redis_words{3, script.text.size()}.add("SCRIPT").add("LOAD").add(script.text).take();
}

std::string random_text(random_source& from) {
  std::string text;
  append_epoch(text, from.next_seed());
  return text;
}

// A publication that is too long, as a node with another --max-broadcast-size has taken it, is missed by its followers
// here. It must not cost the connection, which would break at it again and again.
redis_endpoint passing_over_long_texts(redis_endpoint where) {
  where.passes_over_long_texts = true;
  return where;
}

// Applies `read` to a reply.
template <class T, class Read>
redis_result<T> result_of(const redis_result<redis_value>& reply, Read read) {
  if (const auto* const error = std::get_if<redis_error>(&reply))
    return *error;
  return read(std::get<redis_value>(reply));
}

}  // namespace

// A publication on its way.
class redis_log_store::appending final : public redis_order {
public:
  appending(redis_log_store& store, broadcast_ptr what, const history_bounds& bounds,
            std::shared_ptr<publication_receipt> told, std::shared_ptr<const log_keys> where,
            const stream_position& known)
      : message{std::move(what)},
        receipt{std::move(told)},
        keys{std::move(where)},
        store_{store},
        bounds_{bounds},
        known_{known},
        number_{++store.appended_} {}

  bool may_repeat() const override { return true; }
  std::size_t size() const override { return sizeof *this + message->content().data.size(); }
  std::string command(const redis_server_info& server, const redis_attempt& how) override;

  void answered(redis_result<redis_value> reply, const redis_attempt& last) override {
    store_.take_appended(*this, result_of<log_appended>(reply, read_appended), last.is_repeat);
  }

  broadcast_ptr message;
  std::shared_ptr<publication_receipt> receipt;
  const std::shared_ptr<const log_keys> keys;

private:
  redis_log_store& store_;
  const history_bounds bounds_;
  const stream_position known_;  // when it was sent first: it is behind that, if it was added
  const std::uint64_t number_;
  const clock::time_point begun_ = clock::now();
};

// A reading of a followed stream.
class redis_log_store::reading final : public redis_order {
public:
  reading(redis_log_store& store, const followed& of, std::uint64_t behind)
      : store_{store}, stream_{of.stream}, keys_{of.keys}, bounds_{of.bounds}, known_{of.known}, behind_{behind} {}

  std::string command(const redis_server_info& server, const redis_attempt& how) override {
    return read_command(*keys_, store_.caller(server, known_), store_.times_of(bounds_), behind_, read_size, how.form);
  }

  void answered(redis_result<redis_value> reply, const redis_attempt&) override {
    store_.take_read(*stream_, behind_, result_of<log_content>(reply, [this](const redis_value& answer) {
      return read_content(*stream_, answer);
    }));
  }

private:
  redis_log_store& store_;
  const std::shared_ptr<const std::string> stream_;
  const std::shared_ptr<const log_keys> keys_;
  const history_bounds bounds_;
  const stream_position known_;
  const std::uint64_t behind_;
};

// A question of a program.
class redis_log_store::listing final : public redis_order {
public:
  listing(redis_log_store& store, list_history question, const history_bounds& bounds, listed then)
      : store_{store}, question_{std::move(question)}, bounds_{bounds}, then_{std::move(then)} {}

  std::string command(const redis_server_info& server, const redis_attempt& how) override {
    std::optional<std::uint64_t> behind;
    if (question_.since)
      behind = question_.since->offset;
    return list_command(store_.keys_of(question_.stream), store_.caller(server, {}), store_.times_of(bounds_), behind,
                        question_.limit, read_size, how.form);
  }

  void answered(redis_result<redis_value> reply, const redis_attempt&) override {
    if (!store_.is_open_)
      return;
    auto part = result_of<std::optional<log_content>>(
        reply, [this](const redis_value& answer) { return read_listed(question_.stream, answer); });
    if (const auto* const error = std::get_if<redis_error>(&part))
      store_.servers_.leave_if_wrong(store_.keys_of(question_.stream).head, error->why, "a reading");
    then_(std::move(part));
  }

private:
  redis_log_store& store_;
  const list_history question_;
  const history_bounds bounds_;
  const listed then_;
};

redis_log_store::redis_log_store(boost::asio::io_context& io, lane_home& home, const redis_endpoint& where,
                                 redis_log_settings how)
    : home_{home},
      how_{std::move(how)},
      database_{where.database},
      node_{random_text(home.random)},
      servers_{io,
               passing_over_long_texts(where),
               how_.pipeline,
               home.counters.redis,
               home.random,
               {.followed = [this](const std::string& channel) { tell_followed(channel); },
                .published = [this](const std::string& channel, std::string& text) { take_news(channel, text); },
                .changed = [this](const std::string& why) { changed(why); },
                .refused = [this](const redis_error& why) { refused(why); }}},
      members_{home, how_.prefix, database_, servers_} {
  home_.here.redis = redis_state::lost;
}

redis_log_store::~redis_log_store() {
  is_open_ = false;
  servers_.close();
}

void redis_log_store::open() {
  is_open_ = true;
  std::vector<std::string> loadings{loading_of(append_script()), loading_of(read_script()),
                                    loading_of(presence_script())};
  for (std::size_t i = 0; sessions_ && i < session_scripts; ++i)
    loadings.push_back(loading_of(script_of(static_cast<session_script>(i))));
  servers_.open(std::move(loadings));
  if (sessions_ && !sessions_->channel().empty())
    servers_.subscribe(sessions_->channel());
}

session_vault& redis_log_store::share_sessions(std::string_view node) {
  return sessions_.emplace(home_, how_.prefix, servers_, node);
}

// Tells the node whether this lane has all connections. The first lane speaks for all in the log, as they have the
// same server.
void redis_log_store::changed(const std::string& why) {
  auto& here = home_.here;
  const bool is_first = here.lanes.front().get() == &home_;
  const bool is_up = servers_.is_up();
  if (is_up != std::exchange(is_up_, is_up)) {
    const auto before = is_up ? here.stores_up.fetch_add(1) : here.stores_up.fetch_sub(1);
    here.redis = is_up && before + 1 == here.lanes.size() ? redis_state::connected : redis_state::lost;
    if (is_up)
      members_.connected();
    if (is_up && sessions_)
      sessions_->connected();
    if (is_first)
      here.redis_reach.set(is_up);
    if (is_first && is_up) {
      told_reasons_.clear();
      report(here, event_kind::redis, "connected");
      log(log_level::info, "redis reached, it keeps the logs of streams");
    }
  }
  if (!is_first || why.empty())
    return;
  if (told_reasons_.size() == most_reasons)
    told_reasons_.clear();
  if (!told_reasons_.insert(why).second)
    return;
  report(here, event_kind::redis, "lost", why);
  log(log_level::warn, "redis not reached, retrying", {{"reason", why}});
}

// Publishers and clients are told the kind of a refusal alone, so its text is logged.
void redis_log_store::refused(const redis_error& why) {
  if (!is_to_be_told(why.why))
    return;
  const auto hint = why.why == redis_failure::denied ? "; rights: docs/reliable-streams.md; ACL LOG at Redis" : "";
  log(log_level::warn, "redis refuses commands",
      {{"reason", std::string{name_of(why.why)}}, {"detail", without_secret(why.detail, {}) + hint}});
}

// True once a minute for each kind, on whichever lane.
bool redis_log_store::is_to_be_told(redis_failure why) {
  const auto now = home_.here.now().time_since_epoch();
  auto& due = home_.here.redis_refusal_due[static_cast<std::size_t>(why)];
  auto from = due.load();
  return now.count() >= from && due.compare_exchange_strong(from, (now + refusal_pause).count());
}

// -- publications ---

std::string redis_log_store::appending::command(const redis_server_info& server, const redis_attempt& how) {
  const auto& what = message->content();
  const auto packed = pack_broadcast(what);
  const auto mark = store_.mark_of(number_);
  log_append order{.packed = packed, .mark = mark, .limit = bounds_.limit, .sharded = store_.servers_.is_sharded()};
  const auto& history = store_.home_.settings.history;
  std::string id_key;
  if (!what.id.empty() && history.dedupe.count() > 0) {
    id_key = log_id_key(store_.how_.prefix, what.stream, what.id);
    order.id_key = id_key;
    order.dedupe = history.dedupe;
  }
  if (how.is_repeat)
    order.first_tried = std::chrono::duration_cast<milliseconds>(clock::now() - begun_);
  return append_command(*keys, store_.caller(server, known_), store_.times_of(bounds_), order, how.form);
}

void redis_log_store::append(broadcast_ptr message, const history_bounds& bounds,
                             std::shared_ptr<publication_receipt> receipt) {
  const auto* const of = find(message->content().stream);
  auto keys = of != nullptr ? of->keys : std::make_shared<const log_keys>(keys_of(message->content().stream));
  const auto& key = keys->head;
  servers_.send(key, std::make_shared<appending>(*this, std::move(message), bounds, std::move(receipt), std::move(keys),
                                                 of == nullptr ? stream_position{} : of->known));
}

void redis_log_store::take_appended(appending& what, redis_result<log_appended> outcome, bool is_repeat) {
  if (const auto* const added = std::get_if<log_appended>(&outcome)) {
    if (added->what != log_appended::outcome::unsure)
      note_position(what.message->content().stream, added->at);
  } else {
    const auto error = std::get<redis_error>(outcome);
    if (is_repeat && is_not_run(error.why))
      outcome = redis_error{redis_failure::no_answer, error.detail};  // the first attempt may have been run
    servers_.leave_if_wrong(what.keys->head, error.why, "a publication");
  }
  caf::anon_send(home_.directory,
                 append_answered{std::move(what.message), std::move(what.receipt), std::move(outcome)});
}

// -- followed streams ---

void redis_log_store::follow(const std::shared_ptr<const std::string>& stream, const history_bounds& bounds,
                             stream_actor who) {
  auto keys = std::make_shared<const log_keys>(keys_of(*stream));
  const auto channel = keys->channel;
  const bool is_known = followed_.contains(*stream);
  if (is_known)
    servers_.unsubscribe(channel);
  followed_.insert_or_assign(*stream, followed{stream, std::move(keys), bounds, std::move(who)});
  by_channel_.insert_or_assign(channel, *stream);
  servers_.subscribe(channel);
}

void redis_log_store::leave(const std::string& stream, const stream_actor& who) {
  const auto found = followed_.find(stream);
  if (found == followed_.end() || found->second.who != who)
    return;
  servers_.unsubscribe(found->second.keys->channel);
  by_channel_.erase(found->second.keys->channel);
  followed_.erase(found);
}

redis_log_store::followed* redis_log_store::find(const std::string& stream) {
  const auto found = followed_.find(stream);
  return found == followed_.end() ? nullptr : &found->second;
}

void redis_log_store::read(const std::string& stream, std::uint64_t behind) {
  if (const auto* const of = find(stream))
    servers_.send(of->keys->head, std::make_shared<reading>(*this, *of, behind));
}

void redis_log_store::take_read(const std::string& stream, std::uint64_t behind, redis_result<log_content> content) {
  auto* const of = find(stream);
  if (of == nullptr)
    return;
  if (const auto* const read = std::get_if<log_content>(&content)) {
    if (read->unreadable > 0)
      note_unreadable(stream, read->unreadable);
    note_position(stream, read->at);
  } else {
    servers_.leave_if_wrong(of->keys->head, std::get<redis_error>(content).why, "a reading");
  }
  caf::anon_send(of->who, log_read{behind, std::move(content)});
}

void redis_log_store::note_unreadable(const std::string& stream, std::size_t count) {
  home_.counters.redis.malformed_news.add(count);
  if (is_to_be_told(redis_failure::malformed))
    log(log_level::warn,
        "publications in Redis cannot be read, their followers are told of a gap; do all nodes have the same version "
        "and --max-broadcast-size?",
        {{"stream", stream}});
}

// -- programs ---

void redis_log_store::list(const list_history& question, const history_bounds& bounds, listed then) {
  if (const auto why = refuses()) {
    home_.counters.redis.failed[static_cast<std::size_t>(*why)].add();
    return then(redis_error{*why});
  }
  servers_.send(keys_of(question.stream).head, std::make_shared<listing>(*this, question, bounds, std::move(then)));
}

// -- news ---

void redis_log_store::tell_followed(const std::string& channel) {
  if (const auto found = by_channel_.find(channel); found != by_channel_.end())
    caf::anon_send(followed_.at(found->second).who, log_followed{});
}

void redis_log_store::take_news(const std::string& channel, const std::string& text) {
  const auto found = by_channel_.find(channel);
  if (found == by_channel_.end()) {
    if (sessions_ && channel == sessions_->channel())
      sessions_->wanted(text);
    return;
  }
  auto& of = followed_.at(found->second);
  if (is_member_news(text)) {
    if (auto events = read_member_news(text))
      caf::anon_send(of.who, member_news{std::move(*events)});
    else
      home_.counters.redis.malformed_news.add();
    return;
  }
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

log_caller redis_log_store::caller(const redis_server_info& server, const stream_position& known) {
  return {.writer = server.replication_id, .fresh_epoch = home_.random.next_seed(), .known = known};
}

log_times redis_log_store::times_of(const history_bounds& bounds) const {
  return {.ttl = bounds.ttl,
          .position_ttl = std::max({home_.settings.history.position_ttl, bounds.ttl, shortest_position_ttl})};
}

std::string redis_log_store::mark_of(std::uint64_t number) const { return node_ + ':' + std::to_string(number); }

}  // namespace ability
