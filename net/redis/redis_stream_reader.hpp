/// A consumer of a Redis stream.
/// Source: docs/protocols/publications.md "Redis streams".
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingress/redis_consumer.hpp"
#include "actors/node/node.hpp"
#include "config/settings/redis_settings.hpp"
#include "net/redis/redis_pipeline.hpp"
#include "protocol/redis/consumer_group.hpp"

namespace ability {

/// Reads entries over a connection of their own, which waits for them, and acknowledges over another one. Use on the
/// lane of `home`; after `close` any thread may destroy it.
class redis_stream_reader final : public entry_source {
public:
  /// Entries of one request, unless they are large.
  static constexpr std::size_t most_at_a_time = redis_consumer_state::most_at_a_time;

  /// Bytes of an answer beyond which the next one has half as many entries.
  static constexpr std::size_t large_answer = std::size_t{2} << 20;

  /// Ids of one command.
  static constexpr std::size_t ids_at_a_time = 1'000;

  /// Time after a refused command until it is sent again.
  static constexpr std::chrono::milliseconds pause{1'000};

  /// `answer_timeout` is for each command; a request for entries may take the patience of the stream's settings longer.
  redis_stream_reader(boost::asio::io_context& io, lane_home& home, const redis_endpoint& where,
                      std::chrono::milliseconds answer_timeout);
  redis_stream_reader(const redis_stream_reader&) = delete;
  redis_stream_reader& operator=(const redis_stream_reader&) = delete;
  ~redis_stream_reader() override;

  void open(redis_consumer_actor owner) override;
  void read(std::size_t count) override;
  void acknowledge(const redis_entry_id& id) override;
  void keep(const std::vector<redis_entry_id>& ids) override;
  void claim(std::size_t count) override;
  void stop_reading() override;
  void leave() override;
  void close() override;

private:
  using reply = redis_result<redis_value>;

  // The two kinds of commands that Redis may refuse.
  enum class part : std::uint8_t { reading, acknowledging };

  void resume();
  void changed(const std::string& why);
  void refused(part what, std::string_view command, const redis_error& why);
  void note_refusal_of(std::string_view command, const reply& got);
  void allowed(part what);
  void after_pause(boost::asio::steady_timer& timer, void (redis_stream_reader::*then)());

  void ask();
  void take(reply got, std::optional<redis_entry_id> behind, std::size_t count);
  void hand_over(std::vector<redis_entry> entries, const std::optional<redis_entry_id>& behind, std::size_t count);
  void make_group();
  void find_unreadable();
  void reading_lost(const std::string& why);

  void acknowledge_soon();
  void send_acknowledgements();
  void take_acknowledged(const reply& got);
  void claim_from(const redis_entry_id& from, std::size_t count);

  boost::asio::io_context& io_;
  lane_home& home_;
  const redis_stream_settings& how_;
  const redis_endpoint where_;
  const redis_consumer who_;
  redis_consumer_actor owner_;
  bool is_open_ = false;
  std::chrono::steady_clock::time_point quiet_until_{};  // about refusals that stop nothing
  bool reads_ = false;                                   // false from `stop_reading` on
  bool was_up_ = false;

  // The request of the owner, and that to Redis.
  std::size_t wanted_ = 0;  // entries; 0: nothing is asked for
  bool is_asking_ = false;
  std::size_t at_a_time_ = most_at_a_time;
  std::optional<redis_entry_id> behind_;      // entries that were taken before are read from here on; none: new ones
  std::optional<redis_entry_id> claimed_;     // the same for entries that were taken over during a request
  std::optional<redis_entry_id> unreadable_;  // behind this one is an entry whose answer broke the connection
  std::size_t lost_ = 0;  // entries of before that the request was for with which the connection was lost

  std::vector<redis_entry_id> to_acknowledge_;
  std::vector<redis_entry_id> acknowledging_;  // without an answer yet
  bool acknowledging_soon_ = false;
  redis_entry_id claimed_up_to_ = {};
  bool is_claiming_ = false;

  bool reading_refused_ = false;
  bool acknowledging_refused_ = false;
  boost::asio::steady_timer reading_pause_;
  boost::asio::steady_timer acknowledging_pause_;
  redis_counters reading_counters_;
  redis_counters command_counters_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
  redis_pipeline reader_;
  redis_pipeline commands_;
};

}  // namespace ability
