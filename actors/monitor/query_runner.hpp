/// The query runner: runs queries and commands of monitor sessions, a few at a time.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/messages.hpp"
#include "actors/node/control.hpp"
#include "actors/node/node.hpp"
#include "protocol/monitor/answers.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Part of the monitor actor that asks other actors. It waits at most `patience` for an actor, and a query examines a
/// bounded number of records, so that a node with a million connections answers as soon as any other.
class monitor_desk : public std::enable_shared_from_this<monitor_desk> {
public:
  static constexpr std::size_t max_under_way = 4;
  static constexpr std::size_t max_waiting = 64;
  static constexpr std::chrono::seconds patience{2};    ///< timeout of one reply of another actor
  static constexpr std::size_t max_looked_at = 10'000;  ///< connections per query
  static constexpr std::size_t max_described_at_once = 1'000;
  static constexpr unsigned max_rounds = 20;  ///< searches of all directories, per query

  /// A pending reply. Destruction without an answer reports that the query was lost.
  class debt;
  using debt_ptr = std::shared_ptr<debt>;

  monitor_desk(monitor_actor::pointer self, lane_home& home, node_control& control);

  caf::typed_response_promise<monitor_answer> take(const ask_monitor& asked);

  /// Ends the wait for actors that have not answered in time.
  void ring(const patience_over& alarm);

private:
  struct waiting {
    monitor_question what;
    caf::typed_response_promise<monitor_answer> promise;
  };
  struct connection_search;
  struct stream_search;
  using then_nodes = std::function<void(const node_list&)>;

  void start_waiting();
  void end_one();

  // -- node
  void answer(const verb::status&, const debt_ptr& to);
  void answer(const verb::nodes&, const debt_ptr& to);
  void answer(const verb::disconnect& order, const debt_ptr& to);
  void answer(const verb::drain& order, const debt_ptr& to);
  void answer(const verb::undrain&, const debt_ptr& to);
  void answer(const verb::log_level& order, const debt_ptr& to);
  void answer(const verb::login&, const debt_ptr&) {}  // these three are handled by the session
  void answer(const verb::watch&, const debt_ptr&) {}
  void answer(const verb::unwatch&, const debt_ptr&) {}
  void with_nodes(const then_nodes& then);
  status_report describe_node() const;

  // -- connections and streams
  void answer(const verb::connections& question, const debt_ptr& to);
  void answer(const verb::connection& question, const debt_ptr& to);
  void answer(const verb::streams& question, const debt_ptr& to);
  void answer(const verb::stream& question, const debt_ptr& to);
  void look_further(const std::shared_ptr<connection_search>& search);
  void show(const std::shared_ptr<connection_search>& search, connection_page page, bool more);
  void look_further(const std::shared_ptr<stream_search>& search);
  void show(const std::shared_ptr<stream_search>& search, stream_page page);
  void with_connection(const std::string& sid, const debt_ptr& to,
                       const std::function<void(const std::vector<connection_actor>&)>& then);
  std::vector<registry_actor> registries() const;

  // Sends `what` to each of `whom` and calls `then` once with the answers in the same order; the answer is none for an
  // actor that has ended or timed out.
  template <class Answer, class Handle, class Question, class Then>
  void ask_each(const std::vector<Handle>& whom, const Question& what, Then then);
  template <class Answer>
  struct gathering;

  monitor_actor::pointer self_;
  lane_home& home_;
  node_control& control_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::deque<waiting> waiting_;
  std::size_t under_way_ = 0;
  std::unordered_map<std::uint64_t, std::function<void()>> alarms_;  // called when the timeout has passed
  std::uint64_t last_alarm_ = 0;
};

class monitor_desk::debt {
public:
  debt(std::weak_ptr<monitor_desk> desk, caf::typed_response_promise<monitor_answer> promise);
  debt(const debt&) = delete;
  debt& operator=(const debt&) = delete;
  ~debt();

  /// Answers; all calls after the first do nothing.
  void pay(std::string json);
  void fail(monitor_error code, std::string_view message);

private:
  std::weak_ptr<monitor_desk> desk_;  // may have ended with its actor
  caf::typed_response_promise<monitor_answer> promise_;
  bool paid_ = false;
};

/// Returns the error if these rights do not allow this query, as JSON; else an empty text.
std::string refusal_of(const monitor_question& what, visitor_rights rights, const monitor_settings& settings);

/// Returns the error for a verb or arguments that were not understood, as JSON.
std::string refusal_of(const fault& why);

}  // namespace ability
