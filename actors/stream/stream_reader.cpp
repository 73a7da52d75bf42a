#include "actors/stream/stream_reader.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/runtime/pinned.hpp"
#include "actors/stream/presence/messages.hpp"

namespace ability {

namespace {

class stream_reader_state {
public:
  static constexpr const char* name = "ability.stream_reader";

  explicit stream_reader_state(stream_reader_actor::pointer self) : self_{self} {}

  void start(lane_home& home) { home_ = &home; }

  stream_reader_actor::behavior_type make_behavior() {
    return {[this](const read_members& order) {
      self_
          ->request(home_->here.directory_of(order.stream), caf::infinite,
                    presence_call{presence_call::kind::list, order.stream, {}})
          .then([this, then = order.then](const presence_answer& answer) { finish(then, answer.listing); },
                [this, then = order.then](const caf::error&) { finish(then, nullptr); });
    }};
  }

private:
  void finish(const std::function<void(std::shared_ptr<const std::string>)>& then,
              const std::shared_ptr<const std::string>& listing) {
    then(listing);
    self_->quit();
  }

  stream_reader_actor::pointer self_;
  lane_home* home_ = nullptr;
};

}  // namespace

void list_members(lane_home& home, std::string stream, std::function<void(std::shared_ptr<const std::string>)> then) {
  const auto reader = spawn_on<stream_reader_actor, stream_reader_state>(home.here.system, home.runs_on, home);
  caf::anon_send(reader, read_members{std::move(stream), std::move(then)});
}

}  // namespace ability
