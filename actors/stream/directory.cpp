#include "actors/stream/directory.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/node/events.hpp"
#include "actors/node/log.hpp"
#include "actors/node/unix_ms.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/stream/history/log_bounds.hpp"
#include "actors/stream/history/log_listing.hpp"
#include "actors/stream/history/log_store.hpp"
#include "actors/stream/presence/stream_presence.hpp"
#include "actors/stream/stream.hpp"
#include "actors/stream/stream_reader.hpp"

namespace ability {

namespace {

// Length of a name, in bytes, whose check counts as one step of a listing.
constexpr std::size_t usual_name = 256;

// Part of the logs, as a divisor, that is dropped at a time when all together are too large.
constexpr std::size_t evicted_share = 8;

}  // namespace

void directory_state::start(lane_home& home) {
  home_ = &home;
  interest_.emplace(self_, home.here.settings.cluster.on);
  const auto& how = home.settings.history;
  const auto lanes = home.here.lanes.size();
  positions_.emplace((how.max_positions + lanes - 1) / lanes, how.position_ttl, unix_ms(home.here.wall_clock()));
  if (knows_ids(how) && home.store == nullptr)  // a shared log knows them itself
    ids_.emplace((how.max_ids + lanes - 1) / lanes, how.dedupe);
}

directory_state::~directory_state() {
  for (const auto& [name, stream] : streams_)
    caf::anon_send(stream.actor, retire_stream{});
}

directory_actor::behavior_type directory_state::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& lost) { forget(lost); });
  return {
      [this](subscribe& request) { return pass_on(request); },
      [this](unsubscribe& request) { pass_on(request); },
      [this](broadcasts& published) { publish(published); },
      [this](presence_call& call) { return pass_on(call); },
      [this](const member_gone& news) {
        if (const auto found = streams_.find(news.stream); found != streams_.end())
          caf::anon_send(found->second.actor, news);
      },
      [this](list_history& question) { return pass_on(question); },
      [this](append_answered& answer) { take_answer(answer); },
      [this](const stream_idle& notice) { retire(notice); },
      [this](log_dropped) {
        if (--drops_pending_ == 0)
          evict_logs();
      },
      [this](const link_opened& news) { interest_->open(news); },
      [this](const link_closed& news) {
        interest_->close(news);
        if (!news.in_order)
          interest_->mark_all();
      },
      [this](peer_interest& news) { interest_->learn(news); },
      [this](const interest_settled& news) {
        interest_->settle(news, [this](const std::string& stream) { mark({{}, stream, 0}); });
      },
      [this](const gap_opened& news) { mark(news); },
      [this](forwards_due) { interest_->hand_over(); },
      [this](interest_due) { interest_->go_on([this](const std::string& stream) {
                               mark({{}, stream, 0});
                             }); },
      [this](const list_streams& question) { return list(question); },
      [this](describe_history& question) { return describe(question); },
      [this](describe_stream& question) { return describe<stream_facts>(question); },
      [this](describe_presence& question) {
        if (home_->members != nullptr)
          ++find_or_spawn(question.name).subscribes;
        return describe<presence_facts>(question);
      },
  };
}

caf::result<subscribed> directory_state::pass_on(subscribe& request) {
  auto& stream = find_or_spawn(request.stream);
  ++stream.subscribes;
  if (request.format->has_positions()) {
    stream.may_log = true;
    stream.was_dropped = false;
  }
  evict_logs();
  if (!interest_->is_settled(stream.name)) {
    auto promise = self_->make_response_promise<subscribed>();
    interest_->hold(stream.name, stream.actor, std::move(request), promise);
    return promise;
  }
  return self_->delegate(stream.actor, std::move(request));
}

void directory_state::pass_on(unsubscribe& request) {
  const auto found = streams_.find(request.stream);
  if (found == streams_.end())
    return;
  interest_->let_pass(found->second.name, request);
  caf::anon_send(found->second.actor, std::move(request));
}

// A join is counted like a subscribe, so that the stream does not end before it; and so is a question about members
// that nodes share, which they may have where the stream is not followed.
caf::result<presence_answer> directory_state::pass_on(presence_call& call) {
  const bool asks_all = home_->members != nullptr && call.what == presence_call::kind::list;
  if (call.what == presence_call::kind::join || asks_all) {
    auto& stream = find_or_spawn(call.stream);
    ++stream.subscribes;
    return self_->delegate(stream.actor, std::move(call));
  }
  if (const auto found = streams_.find(call.stream); found != streams_.end())
    return self_->delegate(found->second.actor, std::move(call));
  return stream_presence::answer_of_nobody(call);
}

caf::result<history_page> directory_state::pass_on(list_history& question) {
  if (const auto found = streams_.find(question.stream); found != streams_.end())
    return self_->delegate(found->second.actor, std::move(question));
  const auto log = positions_->find(question.stream, unix_ms(home_->here.wall_clock()));
  return log ? list_log(*home_, stream_log{*log}, question) : page_without_log(*home_);
}

void directory_state::publish(broadcasts& published) {
  auto& counters = home_->counters;
  if (home_->store != nullptr)
    append_to_shared_logs(published);
  bool repeats_any = false;
  for (auto& message : published.messages) {
    std::shared_ptr<first_publication> first;
    if (is_repeated(*message, published.receipt, first)) {
      message = nullptr;
      repeats_any = true;
    } else if (auto* const receiver = receiver_of(message->content())) {
      caf::anon_send(receiver->actor, broadcast_to_stream{message, published.receipt, std::move(first)});
    } else {
      counters.unheard_broadcasts.add();
    }
  }
  if (repeats_any)
    std::erase(published.messages, nullptr);
  counters.broadcasts.add(published.messages.size());
  evict_logs();
  if (published.for_all_nodes)
    interest_->forward(published.messages);
}

// Takes the broadcasts to streams with a log out of `from`: their streams get them once they are in it. All that one
// request has brought is taken or refused together, as far as this lane is concerned.
void directory_state::append_to_shared_logs(broadcasts& from) {
  auto& store = *home_->store;
  const auto refusal = store.refuses();
  for (auto& message : from.messages) {
    const auto bounds =
        message->content().transient ? std::nullopt : log_bounds(home_->settings.history, message->content().stream);
    if (!bounds)
      continue;
    home_->counters.broadcasts.add();
    if (refusal) {
      refuse(*refusal, from.receipt);
      message = nullptr;
      continue;
    }
    if (from.receipt != nullptr)
      from.receipt->await();
    store.append(std::exchange(message, nullptr), *bounds, from.receipt);
  }
  std::erase(from.messages, nullptr);
}

void directory_state::refuse(redis_failure why, const std::shared_ptr<publication_receipt>& receipt) {
  home_->counters.refused_broadcasts.add();
  if (receipt != nullptr)
    receipt->fail(why);
  else
    note_refusal(*home_, refusal_reason::publication_busy, "a node or backend", name_of(why));
}

void directory_state::take_answer(append_answered& answer) {
  if (answer.receipt != nullptr)
    answer.receipt->settle();
  if (const auto* const error = std::get_if<redis_error>(&answer.outcome)) {
    refuse(error->why, answer.receipt);
    return;
  }
  const auto& added = std::get<log_appended>(answer.outcome);
  if (added.what == log_appended::outcome::unsure) {
    refuse(redis_failure::no_answer, answer.receipt);
    return;
  }
  if (answer.receipt != nullptr)
    answer.receipt->tell(answer.message->place(), added.at);
  if (added.what == log_appended::outcome::earlier) {
    home_->counters.history_repeated.add();
    return;
  }
  home_->counters.history_publications.add();
  const auto found = streams_.find(answer.message->content().stream);
  if (found == streams_.end()) {
    home_->counters.unheard_broadcasts.add();
    return;
  }
  found->second.last_broadcast = ++broadcasts_;
  caf::anon_send(found->second.actor, log_news_came{added.at, added.time, std::move(answer.message), true});
}

// True: it is not published again, and its publisher is told the position of the first one. False: `first` is that one
// if it has an id.
bool directory_state::is_repeated(const accepted_broadcast& message,
                                  const std::shared_ptr<publication_receipt>& receipt,
                                  std::shared_ptr<first_publication>& first) {
  if (message.content().id.empty() || !ids_)
    return false;
  auto [known, is_repeat, forgotten] = ids_->note(message.content(), self_->clock().now());
  home_->counters.history_ids_dropped.add(forgotten);
  first = std::move(known);
  if (!is_repeat)
    return false;
  home_->counters.history_repeated.add();
  if (receipt == nullptr)
    return true;
  // The stream may have yet to see the first one.
  if (const auto found = streams_.find(message.content().stream); found != streams_.end())
    caf::anon_send(found->second.actor, repeat_to_stream{first, receipt, message.place()});
  else
    receipt->tell(message.place(), first->at);
  return true;
}

// The stream that the message is for; null: it is neither followed nor logged.
directory_state::entry* directory_state::receiver_of(const broadcast& message) {
  auto found = streams_.find(message.stream);
  entry* receiver = found == streams_.end() ? nullptr : &found->second;
  if (receiver == nullptr && !message.transient) {
    if (home_->settings.history.broker == history_broker::memory &&
        log_bounds(home_->settings.history, message.stream)) {
      receiver = &find_or_spawn(message.stream);
    } else {
      positions_->forget(message.stream);
      return nullptr;
    }
  }
  if (receiver != nullptr) {
    ++receiver->broadcasts;
    receiver->last_broadcast = ++broadcasts_;
    receiver->was_dropped &= message.transient;
  }
  return receiver;
}

// Drops an eighth of all logs, those that were longest without a publication, so that looking for them costs little for
// each publication. A log that was dropped before is dropped again only if all were: it is most often empty.
void directory_state::evict_logs() {
  if (drops_pending_ > 0 || home_->counters.history_bytes.get() <= log_space(*home_))
    return;
  std::vector<entry*> logged;
  std::vector<entry*> dropped;
  for (auto& [name, each] : streams_)
    if (each.may_log)
      (each.was_dropped ? dropped : logged).push_back(&each);
  if (logged.empty())
    logged.swap(dropped);
  const auto count = (logged.size() + evicted_share - 1) / evicted_share;
  std::ranges::nth_element(logged, logged.begin() + static_cast<std::ptrdiff_t>(count), {}, &entry::last_broadcast);
  for (std::size_t i = 0; i < count; ++i) {
    caf::anon_send(logged[i]->actor, drop_log{});
    logged[i]->last_broadcast = ++broadcasts_;
    logged[i]->was_dropped = true;
  }
  drops_pending_ = count;
  home_->counters.history_evicted.add(count);
}

// A publication that the stream has not seen will be in its log.
void directory_state::retire(const stream_idle& notice) {
  auto found = streams_.find(*notice.stream);
  if (found == streams_.end() || found->second.actor != notice.actor ||
      found->second.subscribes != notice.subscribes_seen ||
      (notice.log && found->second.broadcasts != notice.broadcasts_seen))
    return;
  if (notice.log)
    home_->counters.history_positions_dropped.add(
        positions_->put(found->second.name, *notice.log, unix_ms(home_->here.wall_clock())));
  const auto actor = found->second.actor;
  self_->demonitor(actor.address());
  names_.erase(*notice.stream);
  interest_->remove(found->second.among_followed);
  streams_.erase(found);
  home_->counters.streams_closed.add();
  report(home_->here, event_kind::stream_retired, *notice.stream);
  caf::anon_send(actor, retire_stream{});
}

void directory_state::forget(const caf::down_msg& lost) {
  for (auto it = streams_.begin(); it != streams_.end(); ++it) {
    if (it->second.actor.address() != lost.source)
      continue;
    log(log_level::error, "stream actor failed", {{"stream", *it->second.name}});
    positions_->lose(unix_ms(home_->here.wall_clock()));
    report(home_->here, event_kind::stream_retired, *it->second.name, "failed");
    names_.erase(*it->second.name);
    interest_->remove(it->second.among_followed);
    streams_.erase(it);
    home_->counters.streams_closed.add();
    return;
  }
}

directory_state::entry& directory_state::find_or_spawn(std::string_view stream) {
  if (auto found = streams_.find(stream); found != streams_.end())
    return found->second;
  auto name = std::make_shared<const std::string>(stream);
  const auto log = positions_->take(stream, unix_ms(home_->here.wall_clock()));
  auto actor = spawn_stream(*home_, directory_actor{self_}, name, log, positions_->complete_from());
  self_->monitor(actor);
  home_->counters.streams_opened.add();
  report(home_->here, event_kind::stream_created, *name);
  const std::string_view key{*name};
  names_.insert(key);
  const auto place = interest_->add(name);
  auto& added = streams_.emplace(key, entry{std::move(name), std::move(actor), place}).first->second;
  added.may_log = log || home_->store != nullptr || home_->settings.history.broker == history_broker::memory;
  return added;
}

void directory_state::mark(const gap_opened& news) {
  if (news.stream.empty())
    interest_->mark_all();
  else if (const auto found = streams_.find(news.stream); found != streams_.end())
    caf::anon_send(found->second.actor, mark_gap{news.lost});
}

// -- answers to the monitor ---

// `names_` keeps the order, which would otherwise have to be found for each page: a walk over 500,000 streams, each a
// cache miss, would delay broadcasts by a tenth of a second. It costs 48 bytes and some hundred nanoseconds per stream,
// and nothing per broadcast.
stream_page directory_state::list(const list_streams& question) const {
  stream_page page;
  auto left = max_looked_at;
  for (auto it = names_.upper_bound(question.after); it != names_.end(); ++it) {
    if (it->find(question.filter) != std::string_view::npos) {
      const auto& found = streams_.at(*it);
      page.entries.push_back({found.name, found.actor});
    }
    left -= std::min(left, 1 + it->size() / usual_name);
    if (left == 0 || page.entries.size() >= question.limit) {
      page.reached = *it;
      break;
    }
  }
  return page;
}

// Facts of a stream that is not here are empty.
template <class Facts, class Question>
caf::result<Facts> directory_state::describe(Question& question) {
  if (const auto found = streams_.find(question.name); found != streams_.end())
    return self_->delegate(found->second.actor, std::move(question));
  return Facts{};
}

caf::result<history_facts> directory_state::describe(describe_history& question) {
  if (home_->store != nullptr)
    return self_->delegate(spawn_stream_reader(*home_), std::move(question));
  if (const auto found = streams_.find(question.name); found != streams_.end())
    return self_->delegate(found->second.actor, std::move(question));
  history_facts facts;
  if (const auto log = positions_->find(question.name, unix_ms(home_->here.wall_clock()))) {
    facts.found = true;
    facts.at = log->at;
    facts.bounds = log_bounds(home_->settings.history, question.name).value_or(history_bounds{});
  }
  return facts;
}

directory_actor spawn_directory(lane_home& home) {
  return spawn_on<directory_actor, directory_state>(home.here.system, home.runs_on, home);
}

}  // namespace ability
