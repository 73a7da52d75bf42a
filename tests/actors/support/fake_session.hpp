/// A client as its connection actor sees it: accepts everything, and records it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "actors/connection/client_session.hpp"
#include "protocol/action_cable/formats.hpp"
#include "protocol/action_cable/replies.hpp"

namespace ability {

/// Payloads of complete server frames, in their order; "deflated" stands for a compressed one.
inline std::vector<std::string> payloads(std::string_view frames) {
  std::vector<std::string> found;
  while (frames.size() >= 2) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(frames[i]); };
    const std::size_t extended = byte(1) == 126 ? 2 : byte(1) == 127 ? 8 : 0;
    std::size_t size = extended == 0 ? byte(1) : 0;
    for (std::size_t i = 0; i < extended; ++i)
      size = size << 8 | byte(2 + i);
    const bool deflated = (byte(0) & 0x40) != 0;
    found.emplace_back(deflated ? "deflated" : frames.substr(2 + extended, size));
    frames.remove_prefix(2 + extended + size);
  }
  return found;
}

/// Keeps the promises of `client_session`, and notes in `misuse` any violation by its user.
class fake_session final : public client_session {
public:
  struct farewell {
    std::string text;
    std::uint16_t code;
    std::string reason;
  };

  /// A `reply::beginning`.
  struct beginning {
    std::uint32_t tag;
    std::optional<bool> completes;
    std::vector<reply::beginning::stream> streams;
  };

  // -- set by a test -------------------------------------------------------------------------------------------------

  const wire_format* takes = &action_cable_json();
  bool has_room = true;
  std::size_t waiting = 0;  ///< bytes that it has yet to send
  bool breaks = false;      ///< true if `push` throws
  std::function<void(std::string_view)> on_text;

  // -- results -------------------------------------------------------------------------------------------------------

  bool accepted = false;
  std::optional<refusal> refused;
  std::optional<farewell> closed;
  std::optional<std::chrono::system_clock::time_point> expires;
  std::size_t commands_done = 0;
  std::vector<std::string> seen;             ///< texts and broadcast payloads that the client reads
  std::vector<frames_ptr> pushed;            ///< broadcasts as they came
  std::uint64_t frames = 0;                  ///< number of broadcast frames accepted
  std::vector<beginning> begins;             ///< positions that the client was told
  std::vector<std::uint32_t> restored_tags;  ///< of the subscriptions in its welcome
  bool restores = false;                     ///< it was accepted with an earlier session
  std::vector<std::string> misuse;

  void forget() {
    seen.clear();
    pushed.clear();
  }

  bool is_over() const { return refused || closed; }

  const wire_format& accept(std::string_view, time_point end, bool has_earlier) override {
    restores = has_earlier;
    if (accepted || is_over())
      misuse.emplace_back("accept");
    accepted = true;
    if (end != time_point::max())
      expires = end;
    return *takes;
  }

  void refuse(refusal why, const std::vector<std::string>& farewells) override {
    if (accepted)
      misuse.emplace_back("refuse");
    if (!is_over()) {
      refused = why;
      seen = farewells;
    }
  }

  bool push(frames_ptr bytes, std::uint64_t count) override {
    if (breaks)
      throw std::runtime_error("a defect that a test made up");
    auto texts = payloads(*bytes);
    if (!accepted || texts.size() != count || count == 0)
      misuse.emplace_back("push");
    if (is_over() || !has_room)
      return false;
    frames += count;
    pushed.push_back(std::move(bytes));
    seen.insert(seen.end(), texts.begin(), texts.end());
    return true;
  }

  void tell(const client_reply& what) override {
    if (!accepted)
      misuse.emplace_back("tell");
    if (const auto* const where = std::get_if<reply::beginning>(&what))
      begins.push_back({where->tag, where->completes, {where->streams.begin(), where->streams.end()}});
    if (const auto* const back = std::get_if<reply::welcome>(&what); back != nullptr && back->restored != nullptr)
      for (const auto& each : *back->restored)
        restored_tags.push_back(each.tag);
    const auto payload = message_of(what);
    if (is_over() || (payload.empty() && !std::holds_alternative<reply::transmission>(what)))
      return;
    seen.emplace_back(payload);
    if (on_text)
      on_text(payload);
  }

  void command_done() override { ++commands_done; }

  void close(const close_reason& why) override {
    if (is_over())
      return;
    const auto goodbye = goodbye_of(why);
    closed = farewell{goodbye.text, goodbye.code, std::string{goodbye.reason}};
  }

  std::size_t queued() const noexcept override { return waiting; }
  client_facts describe() const override { return {.transport = "websocket"}; }
  void prefetch_parts() const noexcept override {}
};

}  // namespace ability
