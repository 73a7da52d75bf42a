#include "actors/stream/encode_batch.hpp"

#include <optional>
#include <utility>

namespace ability {

namespace {

// Bytes of a frame beside its data and its subscription key; most often enough.
constexpr std::size_t frame_bytes = 64;

// Further bytes for a position and the name of its stream.
constexpr std::size_t position_bytes = 80;

}  // namespace

std::shared_ptr<batch> encode_batch(lane_home& home, const batch_receivers& to,
                                    const std::vector<numbered_broadcast>& messages, std::size_t& next,
                                    std::shared_ptr<void> pace) {
  std::size_t expected = 0;
  auto last = next;
  for (; last < messages.size() && expected < max_batch_bytes; ++last)
    expected += messages[last].message->content().data.size() + to.key.size() + frame_bytes;
  auto made = std::make_shared<batch>(home.here.unclaimed_deliveries);
  made->hold_at(home.here.gate, expected);
  made->stream = to.stream;
  made->key = to.key;
  made->sources.reserve(last - next);
  auto& bytes = *made->bytes;
  if (!to.format->compresses())
    bytes.reserve(expected + expected / 16 + (to.format->has_positions() ? (last - next) * position_bytes : 0));
  for (; next < last && bytes.size() < max_batch_bytes; ++next) {
    const auto& [message, offset] = messages[next];
    const auto begin = bytes.size();
    std::optional<stream_position> at;
    if (offset != 0)
      at = stream_position{to.epoch, offset};
    if (!to.format->append(bytes, to.key, message->content(), at))
      home.counters.undeliverable.add(to.count);
    if (const auto& sid = message->content().exclude_socket; !sid.empty()) {
      auto& excluded = made->exclusions.emplace_back(batch::exclusion{begin, bytes.size() - begin, sid});
      if (at)
        to.format->append_withheld(excluded.instead, to.key, *at);
    }
    ++made->count;
    made->sources.push_back(message);
  }
  made->hold_rest();
  made->recipients = to.count;
  made->pace = std::move(pace);
  home.counters.deliveries.add(made->count * to.count);
  return made;
}

}  // namespace ability
