#include "actors/stream/stream_reader.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

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
        [this](const read_history& order) { ask(order.question, order.then); },
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

  stream_reader_actor::pointer self_;
  lane_home* home_ = nullptr;
};

stream_reader_actor spawn_reader(lane_home& home) {
  return spawn_on<stream_reader_actor, stream_reader_state>(home.here.system, home.runs_on, home);
}

}  // namespace

void find_members(lane_home& home, std::string stream, std::function<void(const presence_answer*)> then) {
  caf::anon_send(spawn_reader(home), read_members{std::move(stream), std::move(then)});
}

void find_history(lane_home& home, list_history question, std::function<void(const history_page*)> then) {
  caf::anon_send(spawn_reader(home), read_history{std::move(question), std::move(then)});
}

}  // namespace ability
