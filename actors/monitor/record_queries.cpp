// Queries for connections and streams.
#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "actors/monitor/query_runner.hpp"
#include "actors/node/totals.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/monitor/record_answers.hpp"
#include "protocol/result.hpp"

namespace ability {

namespace {

constexpr std::string_view stuck_lane = "a lane of this node did not answer within 2 s, ask again in a moment";

connection_line line_of(const connection_facts& facts) {
  const std::chrono::duration<double> age = std::chrono::steady_clock::now() - facts.since;
  const auto& traffic = facts.traffic;
  return {.id = facts.sid,
          .identity = facts.identity,
          .transport = facts.transport,
          .connected_s = age.count(),
          .subscriptions = facts.subscription_count,
          .peer = traffic.peer,
          .bytes_in = traffic.bytes_in,
          .bytes_out = traffic.bytes_out,
          .pending_bytes = traffic.bytes_pending};
}

stream_line line_of(const stream_facts& facts) { return {facts.name, facts.subscribers, facts.gaps, facts.lost}; }

template <class Answer>
bool all_there(const std::vector<std::optional<Answer>>& answers) {
  return std::ranges::all_of(answers, [](const auto& each) { return each.has_value(); });
}

// Fills the page of a search with the records found, in order. True: the search is over.
template <class Search, class Facts, class Key>
bool fill(Search& search, const std::vector<Key>& keys, const std::vector<std::optional<Facts>>& facts, bool more) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (facts[i] && search.is_wanted(*facts[i]) && !search.page.add(line_of(*facts[i]))) {
      search.finish(search.after);
      return true;
    }
    search.after = keys[i];
    if (search.page.lines() == search.limit) {
      search.finish(more || i + 1 < keys.size() ? search.after : std::string{});
      return true;
    }
  }
  if (!more)
    search.finish({});
  return !more;
}

}  // namespace

// -- many actors at once ---

template <class Answer>
struct monitor_desk::gathering {
  std::vector<std::optional<Answer>> answers;
  std::size_t missing;
  std::function<void(std::vector<std::optional<Answer>>)> then;

  void end() { std::exchange(then, nullptr)(std::move(answers)); }
  bool is_over() const { return then == nullptr; }
};

// One timer for all: a timeout for each of a thousand requests would be a thousand timers, of which CAF stops none.
template <class Answer, class Handle, class Question, class Then>
void monitor_desk::ask_each(const std::vector<Handle>& whom, const Question& what, Then then) {
  const auto all = std::make_shared<gathering<Answer>>(
      gathering<Answer>{std::vector<std::optional<Answer>>(whom.size()), whom.size(), std::move(then)});
  if (whom.empty()) {
    all->end();
    return;
  }
  const auto alarm = ++last_alarm_;
  alarms_.emplace(alarm, [all] { all->end(); });
  self_->delayed_send(self_, patience, patience_over{alarm});
  const auto end_one = [this, all, alarm] {
    if (--all->missing > 0 || all->is_over())
      return;
    alarms_.erase(alarm);
    all->end();
  };
  for (std::size_t i = 0; i < whom.size(); ++i)
    self_->request(whom[i], caf::infinite, what)
        .then(
            [all, i, end_one](Answer& answer) {
              if (!all->is_over())
                all->answers[i] = std::move(answer);
              end_one();
            },
            [end_one](const caf::error&) { end_one(); });
}

void monitor_desk::ring(const patience_over& alarm) {
  if (auto due = alarms_.extract(alarm.id))
    due.mapped()();
}

std::vector<registry_actor> monitor_desk::registries() const {
  std::vector<registry_actor> all;
  for (const auto& home : home_.here.lanes)
    all.push_back(home->registry);
  return all;
}

// -- connections ---

struct monitor_desk::connection_search {
  debt_ptr to;
  const node& here;
  std::string filter;
  std::size_t limit;
  std::string after;
  page_writer page{"connections"};
  std::size_t looked_at = 0;

  bool is_wanted(const connection_facts& facts) const {
    return facts.sid.find(filter) != std::string::npos || facts.identity.find(filter) != std::string::npos;
  }
  void finish(std::string_view next) { to->pay(std::move(page).finish(next, open_connections(here))); }
};

void monitor_desk::answer(const verb::connections& question, const debt_ptr& to) {
  look_further(std::make_shared<connection_search>(
      connection_search{to, home_.here, question.filter, question.limit, question.after}));
}

void monitor_desk::look_further(const std::shared_ptr<connection_search>& search) {
  const auto batch = search->filter.empty() ? search->limit - search->page.lines() : max_described_at_once;
  ask_each<connection_page>(registries(), list_connections{search->after, batch},
                            [this, search, batch](std::vector<std::optional<connection_page>> pages) {
                              if (!all_there(pages)) {
                                search->to->fail(monitor_error::busy, stuck_lane);
                                return;
                              }
                              connection_page merged;
                              bool more = false;
                              for (auto& page : pages) {
                                more = more || page->entries.size() == batch;
                                std::ranges::move(page->entries, std::back_inserter(merged.entries));
                              }
                              std::ranges::sort(merged.entries, {}, &connection_page::entry::sid);
                              if (merged.entries.size() > batch) {
                                merged.entries.resize(batch);
                                more = true;
                              }
                              show(search, std::move(merged), more);
                            });
}

// Leaves out connections that have ended meanwhile.
void monitor_desk::show(const std::shared_ptr<connection_search>& search, connection_page page, bool more) {
  std::vector<connection_actor> whom;
  std::vector<std::string> sids;
  for (auto& each : page.entries) {
    whom.push_back(std::move(each.connection));
    sids.push_back(std::move(each.sid));
  }
  ask_each<connection_facts>(whom, describe_connection{false},
                             [this, search, sids, more](const std::vector<std::optional<connection_facts>>& facts) {
                               if (fill(*search, sids, facts, more))
                                 return;
                               search->looked_at += sids.size();
                               if (search->looked_at >= max_looked_at)
                                 search->finish(search->after);
                               else
                                 look_further(search);
                             });
}

void monitor_desk::with_connection(const std::string& sid, const debt_ptr& to,
                                   const std::function<void(const std::vector<connection_actor>&)>& then) {
  ask_each<connection_page>(registries(), find_connection{sid},
                            [sid, to, then](const std::vector<std::optional<connection_page>>& pages) {
                              std::vector<connection_actor> found;
                              for (const auto& page : pages)
                                if (page)
                                  for (const auto& each : page->entries)
                                    found.push_back(each.connection);
                              if (!found.empty())
                                then(found);
                              else if (all_there(pages))
                                to->fail(monitor_error::not_found, "no connection has the id " + excerpt(sid));
                              else
                                to->fail(monitor_error::busy, stuck_lane);
                            });
}

void monitor_desk::answer(const verb::connection& question, const debt_ptr& to) {
  const auto sid = question.id;
  with_connection(sid, to, [this, sid, to](const std::vector<connection_actor>& found) {
    self_->request(found.front(), patience, describe_connection{true})
        .then(
            [to](connection_facts& facts) {
              std::vector<subscription_line> lines;
              for (auto& each : facts.subscriptions)
                lines.push_back({std::move(each.identifier), std::move(each.streams)});
              to->pay(encode_connection(line_of(facts), lines));
            },
            [to, sid](const caf::error&) {
              to->fail(monitor_error::not_found, "the connection " + excerpt(sid) + " has just ended");
            });
  });
}

// -- streams ---

struct monitor_desk::stream_search {
  debt_ptr to;
  const node& here;
  std::string filter;
  std::size_t limit;
  std::string after;
  page_writer page{"streams"};
  unsigned rounds = 0;

  bool is_wanted(const stream_facts& facts) const { return facts.found; }
  void finish(std::string_view next) { to->pay(std::move(page).finish(cursor_behind(next), open_streams(here))); }
};

void monitor_desk::answer(const verb::streams& question, const debt_ptr& to) {
  look_further(
      std::make_shared<stream_search>(stream_search{to, home_.here, question.filter, question.limit, question.after}));
}

void monitor_desk::look_further(const std::shared_ptr<stream_search>& search) {
  std::vector<directory_actor> directories;
  for (const auto& home : home_.here.lanes)
    directories.push_back(home->directory);
  const auto batch = search->limit - search->page.lines();
  ask_each<stream_page>(directories, list_streams{search->after, search->filter, batch},
                        [this, search, batch](std::vector<std::optional<stream_page>> pages) {
                          if (!all_there(pages)) {
                            search->to->fail(monitor_error::busy, stuck_lane);
                            return;
                          }
                          // A directory that stopped early may still hold names that sort first: drop all behind it.
                          stream_page merged;
                          for (const auto& page : pages)
                            if (!page->reached.empty() && (merged.reached.empty() || page->reached < merged.reached))
                              merged.reached = page->reached;
                          for (auto& page : pages)
                            for (auto& each : page->entries)
                              if (merged.reached.empty() || *each.name <= merged.reached)
                                merged.entries.push_back(std::move(each));
                          std::ranges::sort(
                              merged.entries, {}, [](const auto& each) -> const auto& { return *each.name; });
                          if (merged.entries.size() > batch) {
                            merged.entries.resize(batch);
                            merged.reached = *merged.entries.back().name;
                          }
                          show(search, std::move(merged));
                        });
}

void monitor_desk::show(const std::shared_ptr<stream_search>& search, stream_page page) {
  std::vector<stream_actor> whom;
  std::vector<std::string> names;
  for (auto& each : page.entries) {
    whom.push_back(std::move(each.stream));
    names.push_back(*each.name);
  }
  ask_each<stream_facts>(
      whom, describe_stream{{}, 0},
      [this, search, names, reached = page.reached](const std::vector<std::optional<stream_facts>>& facts) {
        if (fill(*search, names, facts, !reached.empty()))
          return;
        search->after = reached;
        if (++search->rounds >= max_rounds)
          search->finish(search->after);
        else
          look_further(search);
      });
}

void monitor_desk::answer(const verb::stream& question, const debt_ptr& to) {
  const auto no_such = [to, name = question.name] {
    to->fail(monitor_error::not_found, "nobody follows a stream " + excerpt(name) + " on this node");
  };
  self_->request(home_.here.directory_of(question.name), patience, describe_stream{question.name, question.limit})
      .then(
          [this, to, no_such](const stream_facts& facts) {
            if (!facts.found) {
              no_such();
              return;
            }
            const bool more = facts.followers.size() < facts.subscribers;
            ask_each<connection_facts>(
                facts.followers, describe_connection{false},
                [to, line = line_of(facts), more](const std::vector<std::optional<connection_facts>>& followers) {
                  std::vector<std::string> sids;
                  std::unordered_set<std::string_view> seen;  // a connection with two subscriptions counts once
                  for (const auto& each : followers)
                    if (each && seen.insert(each->sid).second)
                      sids.push_back(each->sid);
                  to->pay(encode_stream(line, sids, more));
                });
          },
          [no_such](const caf::error&) { no_such(); });
}

}  // namespace ability
