/// A Redis stream as its consumer actor sees it.
#pragma once

#include <caf/send.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingress/redis_consumer.hpp"

namespace ability {

/// Keeps the promises of `entry_source`; the test plays Redis. The id of entry N is N-0.
class fake_entry_source final : public entry_source {
public:
  using numbers = std::vector<std::uint64_t>;

  void open(redis_consumer_actor whom) override {
    ++opens;
    owner = std::move(whom);
  }
  void read(std::size_t count) override { wanted = count; }
  void acknowledge(const redis_entry_id& id) override { acknowledged.push_back(id.time); }
  void keep(const std::vector<redis_entry_id>& ids) override {
    for (const auto& id : ids)
      kept.push_back(id.time);
  }
  void claim(std::size_t count) override { claims.push_back(count); }
  void stop_reading() override {
    is_stopped = true;
    wanted.reset();
  }
  void leave() override { ++leaves; }
  void close() override {
    ++closes;
    owner = nullptr;
    wanted.reset();
  }

  /// Answers the request with these entries; there has to be one.
  void answer(std::vector<redis_entry> entries) {
    caf::anon_send(owner, entries_read{std::move(entries)});
    wanted.reset();
  }

  void answer_one(std::uint64_t number, std::string payload) {
    std::vector<redis_entry> entries;
    entries.push_back({.id = {number, 0}, .payload = std::move(payload)});
    answer(std::move(entries));
  }

  /// Answers what was acknowledged since the last call.
  void confirm() {
    std::vector<redis_entry_id> ids;
    for (const auto number : std::exchange(acknowledged, {}))
      ids.push_back({number, 0});
    caf::anon_send(owner, entries_acknowledged{std::move(ids)});
  }

  std::size_t opens = 0;
  std::size_t closes = 0;
  std::size_t leaves = 0;
  bool is_stopped = false;
  std::optional<std::size_t> wanted;  ///< entries of the request that is not answered; none: there is none
  numbers acknowledged;
  numbers kept;
  std::vector<std::size_t> claims;
  redis_consumer_actor owner;  ///< of the latest `open`, null once closed
};

}  // namespace ability
