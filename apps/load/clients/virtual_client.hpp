/// The actor of one client of a scenario.
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
#include "apps/load/clients/lane_desk.hpp"

namespace ability {
class lane;
}

namespace ability::load {

/// Does the steps of its group in order, and counts arriving messages all the time. It ends when it is dismissed.
class virtual_client {
public:
  static constexpr const char* name = "ability.load.client";

  explicit virtual_client(virtual_client_actor::pointer self) : self_{self} {}
  virtual_client(const virtual_client&) = delete;
  virtual_client& operator=(const virtual_client&) = delete;

  /// Starts the client `number` of its group.
  void start(lane_desk& desk, std::size_t group, std::size_t number);
  virtual_client_actor::behavior_type make_behavior();
  void prefetch_parts() noexcept { prefetch(this, sizeof *this); }
  void prefetch_parts_of_parts() noexcept {
    if (!follows_.empty())
      prefetch(follows_.data(), sizeof(followed));
  }

  /// Time limit for the answer to a connect, a subscribe or a publication. Links give up earlier, because they can
  /// report a better reason.
  static constexpr std::int64_t patience_ns = 40'000'000'000;
  /// The same limit for publications once the run is cut short.
  static constexpr std::int64_t answers_after_halt_ns = 2'000'000'000;
  /// Limit of a publisher's batches in flight; publications due meanwhile go late. Equal to the number that a link
  /// sends at once, so that each batch is sent when it is published and its lateness is known.
  static constexpr std::size_t max_unanswered = publish_window;
  /// Number of consecutive time-outs after which a target is given up.
  static constexpr std::uint32_t max_silences = 3;
  /// Number of different troubles reported per client; the last one stands for all others.
  static constexpr std::size_t max_met = 8;
  /// The range of a link's numbers.
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
  void drop_link(bool comes_back = false);
  void stop_following(bool comes_back = false);
  void ask(std::size_t index);
  void on_link(const link_told& told);
  void on_event(const link_event& event, std::int64_t at_ns);
  void on_opened(std::int64_t at_ns);
  void on_resume_refused();
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
  // A client that has done its steps keeps its connection, and reconnects after a loss.
  bool has_given_up() const { return failed_ || (finished_ && !completed_); }
  std::int64_t now() const { return desk_->net.now_ns(); }

  virtual_client_actor::pointer self_;
  lane_desk* desk_ = nullptr;
  std::uint32_t group_ = 0;
  std::uint32_t number_ = 0;  // within its group

  std::vector<step_place> places_;
  awaited awaited_ = awaited::nothing;
  const expect_step* expected_ = nullptr;
  std::size_t came_ = 0;  // messages since `expected_` began
  bool finished_ = false;
  bool completed_ = false;
  bool failed_ = false;
  bool halting_ = false;
  bool winding_down_ = false;
  bool want_texts_ = false;
  std::vector<std::string> met_;  // troubles, each once

  std::unique_ptr<client_link> link_;
  std::uint32_t link_number_ = 0;
  link_state link_is_ = link_state::none;
  bool paused_ = false;
  bool reads_no_more_ = false;     // also over later connections
  std::int64_t paused_ns_ = 0;     // time of the last pause
  std::int64_t resumed_ns_ = 0;    // time of the last resume; 0: not since
  bool wants_to_connect_ = false;  // asked the conductor, which has not answered yet
  bool may_connect_ = false;       // admitted by the conductor, which waits for `connect_settled`
  std::uint32_t attempts_ = 0;     // failed in a row
  std::int64_t connect_began_ns_ = 0;
  std::vector<followed> follows_;
  std::vector<followed> left_;  // incomplete; the missing messages may yet be refused ones
  std::size_t asked_ = 0;       // entries of `follows_` without an answer
  std::uint64_t outstanding_ = 0;

  std::unique_ptr<client_publishing> publishing_;
  std::uint64_t turn_ = 0;  // for `pick::each`

  std::unique_ptr<timer_ticket> step_ticket_;
  std::unique_ptr<timer_ticket> link_ticket_;
  std::int64_t awaited_until_ns_ = 0;
  std::uint32_t step_time_number_ = 0;
  std::uint32_t link_time_number_ = 0;
  std::minstd_rand rng_;
};

/// Spawns client `number` of `group` on the lane of `desk`; `home` is null in tests.
virtual_client_actor spawn_client(caf::actor_system& system, lane* home, lane_desk& desk, std::size_t group,
                                  std::size_t number);

}  // namespace ability::load
