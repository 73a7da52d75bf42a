/// A node with a monitor, and monitoring programs. Includes CAF's test DSL: include it last.
#pragma once

#include <caf/event_based_actor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/monitor/monitor.hpp"
#include "actors/monitor/monitor_session.hpp"
#include "actors/monitor/query.hpp"
#include "actors/node/log.hpp"
#include "tests/actors/support/program_connection.hpp"
// last
#include "tests/actors/support/actor_fixture.hpp"

namespace ability {

/// The daemon, as the monitor controls it.
class fake_control final : public node_control {
public:
  std::vector<std::pair<std::chrono::seconds, bool>> drains;
  std::optional<std::chrono::seconds> notice;  ///< of the last drain
  bool stopping = false;
  log_level level = log_level::info;
  std::string now = "running";

  bool drain(std::chrono::seconds within, std::optional<std::chrono::seconds> how_long, bool reconnect) override {
    if (stopping)
      return false;
    drains.emplace_back(within, reconnect);
    notice = how_long;
    now = "draining";
    return true;
  }
  bool undrain() override {
    if (!stopping)
      now = "running";
    return !stopping;
  }
  log_level set_log_level(log_level lowest) override { return std::exchange(level, lowest); }
  std::string_view state() const override { return now; }
};

/// A watching program's answer to a feed that it held back.
enum class late_answer : std::uint8_t { nothing, text, numbers, failure };

/// Feeds that a watching program has received.
struct watched {
  std::vector<nlohmann::json> snapshots;
  std::vector<nlohmann::json> events;  ///< of all feeds of events
  std::vector<std::string> texts;      ///< all feeds, unparsed
  std::vector<caf::response_promise> owed;
  bool answers = true;
  std::string answer;  ///< to its `watch`

  /// All events: "kind subject detail".
  std::vector<std::string> heard() const {
    std::vector<std::string> all;
    for (const auto& each : events)
      for (const auto& event : each["events"])
        all.push_back(event["kind"].get<std::string>() + ' ' + event["subject"].get<std::string>() + ' ' +
                      event["detail"].get<std::string>());
    return all;
  }
};

/// A program with a handler for the feed that has asked to watch.
inline caf::behavior watching_program(caf::event_based_actor* self, const monitor_session_actor& session,
                                      const std::string& arguments, const std::shared_ptr<watched>& saw) {
  self->request(session, caf::infinite, std::string{"watch"}, arguments)
      .then([saw](const std::string& answer) { saw->answer = answer; },
            [saw](const caf::error&) { saw->answer = "none"; });
  return {
      [self, saw](const std::string& kind, const std::string& json) {
        saw->texts.push_back(json);
        (kind == "snapshot" ? saw->snapshots : saw->events).push_back(nlohmann::json::parse(json));
        auto promise = self->make_response_promise();
        if (saw->answers)
          promise.deliver(caf::unit);
        else
          saw->owed.push_back(promise);
        return promise;
      },
      [saw](late_answer how) {
        for (auto& each : std::exchange(saw->owed, {}))
          if (how == late_answer::nothing)
            each.deliver(caf::unit);
          else if (how == late_answer::text)
            each.deliver(std::string{"thanks"});
          else if (how == late_answer::numbers)
            each.deliver(1, 2);
          else
            each.deliver(caf::make_error(caf::sec::runtime_error));
      },
  };
}

/// A monitoring program that is attached.
struct attached {
  std::shared_ptr<program_connection> way;
  monitor_session_actor session;
};

/// An open node with two lanes and a monitor. Log lines are kept.
class monitor_fixture : public actor_fixture {
public:
  explicit monitor_fixture(const monitor_settings& secrets = {}, std::size_t lanes = 2,
                           std::shared_ptr<app_transport> application = nullptr)
      : actor_fixture{lanes, with(secrets), std::move(application)} {
    lines().clear();
    set_log([](log_level, std::string_view message, auto) { lines().emplace_back(message); }, log_level::info);
    here.monitor = ends(spawn_monitor(home, control));
    consume_messages();
  }
  ~monitor_fixture() override {
    for (const auto& way : ways_)
      CAF_CHECK_LESS_OR_EQUAL(way->closed.size(), 1u);
    set_log(nullptr, log_level::info);
  }

  static node_settings with(const monitor_settings& secrets) {
    auto how = open_to_all();
    how.monitor = secrets;
    how.monitor.on = true;
    how.cluster.self = {"0f", "alpha", "h:1", 1'700'000'000'000};
    return how;
  }

  static std::vector<std::string>& lines() {
    static std::vector<std::string> all;
    return all;
  }

  attached attach() {
    auto way = ways_.emplace_back(std::make_shared<program_connection>());
    return {way, ends(spawn_monitor_session(home, way))};
  }

  /// The answer to a program that reads it.
  std::string text(const attached& who, std::string verb, std::string arguments = {}) {
    std::string answer = "nothing";
    auto asked = self->request(who.session, caf::infinite, std::move(verb), std::move(arguments));
    consume_messages();
    asked.receive([&](const std::string& json) { answer = json; },
                  [&](const caf::error& why) { answer = "error: " + sys.render(why); });
    who.way->sent += answer.size();  // the program reads the answer
    return answer;
  }

  nlohmann::json ask(const attached& who, std::string verb, std::string arguments = {}) {
    return nlohmann::json::parse(text(who, std::move(verb), std::move(arguments)));
  }

  /// The error's code and message.
  std::string failure(const attached& who, std::string verb, std::string arguments = {}) {
    const auto answer = ask(who, std::move(verb), std::move(arguments));
    return answer.contains("error")
               ? answer["error"]["code"].get<std::string>() + ": " + answer["error"]["message"].get<std::string>()
               : "answered: " + answer.dump();
  }

  /// A program that watches by way of `who`.
  std::shared_ptr<watched> watch(const attached& who, const std::string& arguments) {
    auto saw = std::make_shared<watched>();
    program = ends(sys.spawn(watching_program, who.session, arguments, saw));
    consume_messages();
    return saw;
  }

  void pass(std::chrono::milliseconds time) {
    advance_time(time);
    consume_messages();
  }

  static bool is_query(caf::resumable* job) {
    const auto* actor = dynamic_cast<caf::local_actor*>(job);
    return actor != nullptr && std::string_view{actor->name()} == query_state::name;
  }

  /// Runs the query actors that have messages, and no other actor.
  void run_queries() { sched.run_jobs_filtered(is_query); }

  fake_control control;
  lane_home home{here, nullptr};  ///< of the cluster's lane
  caf::actor program;             ///< the latest that watches

private:
  std::vector<std::shared_ptr<program_connection>> ways_;
};

}  // namespace ability
