#include "actors/stream/stream_reader.hpp"

#include <caf/send.hpp>
#include <caf/typed_response_promise.hpp>
#include <utility>

#include "actors/runtime/pinned.hpp"
#include "actors/stream/history/log_bounds.hpp"
#include "actors/stream/history/log_listing.hpp"
#include "actors/stream/history/log_store.hpp"

namespace ability {

namespace {

using listed_log = redis_result<std::optional<log_content>>;

history_page page_of(lane_home& home, const listed_log& read, const list_history& question) {
  if (const auto* const error = std::get_if<redis_error>(&read))
    return {.failure = error->why};
  const auto& part = std::get<std::optional<log_content>>(read);
  return part ? list_log(home, *part, question) : page_without_log(home);
}

class stream_reader_state {
public:
  static constexpr const char* name = "ability.stream_reader";

  explicit stream_reader_state(stream_reader_actor::pointer self) : self_{self} {}

  void start(lane_home& home) { home_ = &home; }

  stream_reader_actor::behavior_type make_behavior() {
    return {
        [this](const read_members& order) {
          ask(presence_call{presence_call::kind::list, order.stream, {}}, order.then);
        },
        [this](const read_history& order) {
          if (home_->store == nullptr)
            ask(order.question, order.then);
          else
            list_shared(order);
        },
        [this](const describe_history& question) { return describe_shared(question); },
        [this](const log_listed& part) { finish_description(part.content); },
    };
  }

private:
  template <class Question, class Answer>
  void ask(const Question& what, const std::function<void(const Answer*)>& then) {
    self_->request(home_->here.directory_of(what.stream), caf::infinite, what)
        .then([this, then](const Answer& answer) { finish(then, &answer); },
              [this, then](const caf::error&) { finish<Answer>(then, nullptr); });
  }

  template <class Answer>
  void finish(const std::function<void(const Answer*)>& then, const Answer* answer) {
    then(answer);
    self_->quit();
  }

  // Each lane reaches all shared logs.
  void list_shared(const read_history& order) {
    const auto bounds = log_bounds(home_->settings.history, order.question.stream);
    if (!bounds) {
      const auto none = page_without_log(*home_);
      return finish(order.then, &none);
    }
    home_->store->list(order.question, *bounds, [home = home_, order](const listed_log& read) {
      const auto page = page_of(*home, read, order.question);
      order.then(&page);
    });
    self_->quit();
  }

  caf::result<history_facts> describe_shared(const describe_history& question) {
    const auto bounds = log_bounds(home_->settings.history, question.name);
    if (home_->store == nullptr || !bounds) {
      self_->quit();
      return history_facts{};
    }
    bounds_ = *bounds;
    asked_ = self_->make_response_promise<history_facts>();
    home_->store->list(
        {.stream = question.name, .since = {}, .limit = question.limit}, bounds_,
        [who = stream_reader_actor{self_}](listed_log read) { caf::anon_send(who, log_listed{std::move(read)}); });
    return asked_;
  }

  void finish_description(const listed_log& read) {
    history_facts facts;
    if (const auto* const error = std::get_if<redis_error>(&read))
      facts.failure = error->why;
    else if (const auto& part = std::get<std::optional<log_content>>(read))
      facts = facts_of(*part, bounds_);
    asked_.deliver(std::move(facts));
    self_->quit();
  }

  stream_reader_actor::pointer self_;
  lane_home* home_ = nullptr;
  history_bounds bounds_;                             // of the log that is described
  caf::typed_response_promise<history_facts> asked_;  // the description
};

}  // namespace

stream_reader_actor spawn_stream_reader(lane_home& home) {
  return spawn_on<stream_reader_actor, stream_reader_state>(home.here.system, home.runs_on, home);
}

void find_members(lane_home& home, std::string stream, std::function<void(const presence_answer*)> then) {
  caf::anon_send(spawn_stream_reader(home), read_members{std::move(stream), std::move(then)});
}

void find_history(lane_home& home, list_history question, std::function<void(const history_page*)> then) {
  caf::anon_send(spawn_stream_reader(home), read_history{std::move(question), std::move(then)});
}

}  // namespace ability
