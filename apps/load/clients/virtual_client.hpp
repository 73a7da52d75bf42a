/// A client of a scenario.
#pragma once

#include <caf/actor_system.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/runtime/prefetch.hpp"
#include "apps/load/clients/client_parts.hpp"
#include "apps/load/run/lane_desk.hpp"

namespace ability {
class lane;
}

namespace ability::load {

/// Does the steps of its group one after the other, and counts what comes all the while. It ends when it is dismissed.
class virtual_client {
public:
  static constexpr const char* name = "ability.load.client";

  explicit virtual_client(virtual_client_actor::pointer self) : self_{self} {}
  virtual_client(const virtual_client&) = delete;
  virtual_client& operator=(const virtual_client&) = delete;

  /// The client with `number` in its group.
  void start(lane_desk& desk, std::size_t group, std::size_t number);
  virtual_client_actor::behavior_type make_behavior();
  void prefetch_parts() noexcept { prefetch(this, sizeof *this); }
  void prefetch_parts_of_parts() noexcept {
    if (!follows_.empty())
      prefetch(follows_.data(), sizeof(followed));
  }

  /// How long an answer is waited for: to a connect, to a subscribe, to a publication. Links give up before, where they
  /// can tell more of it.
  static constexpr std::int64_t patience_ns = 40'000'000'000;
  /// The same for publications once the run is cut short.
  static constexpr std::int64_t answers_after_halt_ns = 2'000'000'000;
  /// Batches that a publisher has on their way at a time, at most; what is due meanwhile goes late. As many as a link
  /// sends at once, so that what is handed in is sent, and its lateness told.
  static constexpr std::size_t max_unanswered = publish_window;
  /// A target that answers nothing so often in a row is given up.
  static constexpr std::uint32_t max_silences = 3;
  /// Different troubles of one client that are told; the last stands for all others.
  static constexpr std::size_t max_met = 8;
  /// As links number them.
  static constexpr std::size_t max_subscriptions = 65'535;

private:
  enum class progress : bool { waits, done };

  // -- steps (virtual_client.cpp)
  void go_on();
  void done(awaited what);
  bool enter_next_round();
  progress begin(const connect_step& step);
  progress begin(const subscribe_step& step);
  progress begin(const perform_step& step);
  progress begin(const publish_step& step);
  progress begin(const expect_step& step);
  progress begin(const wait_step& step);
  progress begin(const meet_step& step);
  progress begin(const stall_step& step);
  void read_on();
  progress begin(const disconnect_step& step);
  progress begin(const reconnect_step& step);
  progress begin(const repeat_step& step);
  void on_step_time();
  void wait_until(std::int64_t at_ns);
  std::int64_t draw_ns(const time_range& range);

  // -- the end (virtual_client_end.cpp)
  void halt(const halt_steps& order);
  void end_steps();
  void finish();
  void fail(const std::string& why);
  void met(const std::string& what);
  follow_record::shortfall shortfall_of(const followed& each) const;
  void count_shortfall(const followed& each);
  void wind_down_now();
  void settle_when_all_came();
  void leave();

  // -- the link (virtual_client_link.cpp)
  void connect();
  void open_link();
  void drop_link();
  void stop_following();
  void ask(std::size_t index);
  void on_link(const link_told& told);
  void on_event(const link_event& event, std::int64_t at_ns);
  void on_opened(std::int64_t at_ns);
  void on_answer(const link_event& answer, std::int64_t at_ns);
  void on_closed(const std::string& why);
  void on_arrival(const arrival& what, std::int64_t at_ns);
  void on_link_time();
  void read_no_more();
  void came_back();
  void settle_connect();
  void stop_waiting_for_link();
  void wait_for_link(std::int64_t at_ns);

  // -- publishing (virtual_client_publish.cpp)
  void pump();
  void hand_in(std::int64_t due_ns);
  std::uint32_t next_stream(const stream_choice& choice);
  void on_answer(const publish_news& news);
  void give_up_answers(const std::string& why);
  void give_up_publishing(const std::string& why);

  const client_group& group() const { return desk_->plan.what.clients[group_]; }
  // One that has done its steps keeps its connection, and gets it back.
  bool has_given_up() const { return failed_ || (finished_ && !completed_); }
  std::int64_t now() const { return desk_->net.now_ns(); }

  virtual_client_actor::pointer self_;
  lane_desk* desk_ = nullptr;
  std::uint32_t group_ = 0;
  std::uint32_t number_ = 0;  // in its group

  std::vector<step_place> places_;
  awaited awaited_ = awaited::nothing;
  const expect_step* expected_ = nullptr;
  std::size_t came_ = 0;  // since `expected_` began
  bool finished_ = false;
  bool completed_ = false;
  bool failed_ = false;
  bool halting_ = false;
  bool winding_down_ = false;
  bool want_texts_ = false;
  std::vector<std::string> met_;  // each once

  std::unique_ptr<client_link> link_;
  std::uint32_t link_number_ = 0;
  link_state link_is_ = link_state::none;
  bool paused_ = false;
  bool reads_no_more_ = false;     // over any connection that it gets by itself
  std::int64_t paused_ns_ = 0;     // when it last paused, and read on
  std::int64_t resumed_ns_ = 0;    // 0: not since
  bool wants_to_connect_ = false;  // and has not been let yet
  bool may_connect_ = false;       // and has yet to say what came of it
  std::uint32_t attempts_ = 0;     // that failed in a row
  std::int64_t connect_began_ns_ = 0;
  std::vector<followed> follows_;
  std::vector<followed> left_;  // short of something, which may turn out to have been refused
  std::size_t asked_ = 0;       // of `follows_`, that are not answered
  std::uint64_t outstanding_ = 0;

  std::unique_ptr<client_publishing> publishing_;
  std::uint64_t turn_ = 0;  // of `pick::each`

  std::unique_ptr<timer_ticket> step_ticket_;
  std::unique_ptr<timer_ticket> link_ticket_;
  std::int64_t awaited_until_ns_ = 0;
  std::uint32_t step_time_number_ = 0;
  std::uint32_t link_time_number_ = 0;
  std::minstd_rand rng_;
};

/// Spawns the client with `number` in `group` on the lane of `desk`; `home` is null in tests.
virtual_client_actor spawn_client(caf::actor_system& system, lane* home, lane_desk& desk, std::size_t group,
                                  std::size_t number);

}  // namespace ability::load
