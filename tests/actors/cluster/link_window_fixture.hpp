/// A link sender and the packets that leave through it. Define CAF_SUITE before, and include it last.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/cluster/link_sender.hpp"
#include "caf/test/unit_test.hpp"

namespace ability {

/// A link sender that holds 100,000 bytes, in packets of up to 200,000.
struct link_window_fixture {
  using time_point = link_sender::time_point;
  using names = std::vector<std::string>;
  using gaps = std::map<std::string, std::uint64_t>;

  static constexpr std::size_t data_size = 1'000;

  // Publications by their streams, and gaps, in the order of the packet.
  struct content {
    std::uint64_t number = 0;
    names publications = {};
    gaps lost = {};
    names followed = {};
  };

  static content read(const std::string& packet) {
    auto records = link_packet_reader::open(packet);
    CAF_REQUIRE(records);
    content found{.number = records->number()};
    while (!records->done()) {
      const auto next = records->next();
      CAF_REQUIRE(next);
      const auto& record = std::get<link_record>(*next);
      if (const auto* publication = std::get_if<publication_record>(&record))
        found.publications.emplace_back(publication->stream);
      if (const auto* gap = std::get_if<gap_record>(&record))
        found.lost[std::string{gap->stream}] += gap->lost;
      if (const auto* interest = std::get_if<interest_record>(&record))
        found.followed.emplace_back(interest->stream);
    }
    return found;
  }

  link_stats stats;
  cluster_counters counters;
  link_sender uut{{100'000, 200'000}, stats, counters};
  time_point now{};
  std::uint64_t taken = 0;

  void publish(const std::string& stream, std::size_t size = data_size) {
    uut.add(broadcast{.stream = stream, .data = std::string(size, 'x')});
  }

  // Fills `count` packets. Returns the number of packets that the window lets through.
  std::size_t fill(std::size_t count) {
    const auto before = taken;
    for (std::size_t i = 0; i < count; ++i) {
      publish("filler", link_packet_size);
      send(false);
    }
    return taken - before;
  }

  // Sends the packets that the window lets through, and returns their contents.
  std::vector<content> send(bool even_small) {
    std::vector<content> all;
    while (auto packet = uut.take(even_small)) {
      all.push_back(read(*packet));
      uut.sent(caf::make_message(std::move(*packet)), now);
      ++taken;
    }
    return all;
  }

  std::uint64_t lost(link_loss why) const { return counters.lost[static_cast<std::size_t>(why)].get(); }

  std::uint64_t all_lost() const {
    std::uint64_t all = 0;
    for (const auto& each : counters.lost)
      all += each.get();
    return all;
  }

  gaps unreported() {
    gaps found;
    stats.unreported.take([&](std::string_view stream, std::uint64_t count) { found[std::string{stream}] += count; });
    return found;
  }
};

}  // namespace ability
