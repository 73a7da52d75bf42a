/// Shared members that a test answers for.
#pragma once

#include <array>
#include <caf/send.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/stream/messages.hpp"
#include "actors/stream/presence/presence_store.hpp"

namespace ability {

/// Records what it was asked.
class fake_presence_store final : public presence_store {
public:
  std::optional<redis_failure> refuses() const override { return refusal; }
  std::chrono::steady_clock::time_point trusted_from() const override { return trusted; }

  void apply(const std::string&, std::vector<member_order> orders, stream_actor who) override {
    constexpr std::array<std::string_view, 6> names{"join", "keep", "gone", "leave", "renew", "expire"};
    std::string text;
    for (const auto& each : orders) {
      text += text.empty() ? "" : ", ";
      text += names[static_cast<std::size_t>(each.what)];
      if (each.as != nullptr)
        text += ' ' + each.sid + ' ' + each.as->id;
      if (each.ttl.count() > 0)
        text += " in " + std::to_string(each.ttl.count());
    }
    asked.push_back(text);
    asker = std::move(who);
    if (refusal)
      fail(*refusal);
  }

  void list(const std::string&, std::size_t max_bytes, stream_actor who) override {
    asked.push_back(max_bytes == 0 ? "count" : max_bytes < most_bytes ? "list some" : "list all");
    lister = std::move(who);
    if (refusal)
      caf::anon_send(lister, members_listed{redis_error{*refusal}});
  }

  // -- answers

  void answer(const std::vector<member_result>& results, std::size_t total = 1,
              std::optional<std::chrono::milliseconds> next_due = {}) {
    caf::anon_send(asker, members_answered{members_applied{total, next_due, results}});
  }

  void fail(redis_failure why) { caf::anon_send(asker, members_answered{redis_error{why}}); }

  void show(std::vector<member_facts> members, bool is_cut = false) {
    const auto total = members.size();
    caf::anon_send(lister, members_listed{members_content{total, is_cut, std::move(members)}});
  }

  /// The questions since the last call.
  std::vector<std::string> questions() { return std::exchange(asked, {}); }

  std::optional<redis_failure> refusal;
  std::chrono::steady_clock::time_point trusted{};
  std::vector<std::string> asked;
  stream_actor asker;
  stream_actor lister;

private:
  static constexpr std::size_t most_bytes = std::size_t{1} << 40;
};

}  // namespace ability
