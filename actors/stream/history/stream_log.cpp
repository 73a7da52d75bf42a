#include "actors/stream/history/stream_log.hpp"

#include <algorithm>
#include <utility>

namespace ability {

std::uint64_t stream_log::append(const broadcast& message, std::int64_t now, const history_bounds& most,
                                 std::size_t max_bytes) {
  last_time_ = std::max(last_time_, now);
  trim(last_time_, most);
  const auto size = message.data.size() + message.exclude_socket.size() + message.broadcast_type.size();
  auto texts = std::make_unique_for_overwrite<char[]>(size);
  const auto sid = std::ranges::copy(message.data, texts.get()).out;
  std::ranges::copy(message.broadcast_type, std::ranges::copy(message.exclude_socket, sid).out);
  const auto& added = kept_.emplace_back(entry{.texts = std::move(texts),
                                               .time = last_time_,
                                               .size = static_cast<std::uint32_t>(size),
                                               .data_size = static_cast<std::uint32_t>(message.data.size()),
                                               .sid_size = static_cast<std::uint32_t>(message.exclude_socket.size()),
                                               .data_is_json = message.data_is_json});
  kept_bytes_ += added.bytes();
  ++at_.offset;
  while (kept_.size() > most.limit || (kept_bytes_ > max_bytes && !kept_.empty()))
    drop_oldest();
  return at_.offset;
}

void stream_log::trim(std::int64_t now, const history_bounds& most) {
  while (!kept_.empty() && kept_.front().time + most.ttl.count() <= now)
    drop_oldest();
}

void stream_log::clear() {
  while (!kept_.empty())
    drop_oldest();
}

// A request by time asks for all publications of that moment, so those of the dropped one's are missing.
void stream_log::drop_oldest() {
  complete_from_ = std::max(complete_from_, kept_.front().time + 1);
  kept_bytes_ -= kept_.front().bytes();
  kept_.pop_front();
  if (kept_.empty())
    kept_.shrink_to_fit();
}

std::uint64_t stream_log::offset_before(std::int64_t time) const noexcept {
  const auto found = std::ranges::lower_bound(kept_, time, {}, &entry::time);
  return first() - 1 + static_cast<std::uint64_t>(found - kept_.begin());
}

void stream_log::read(std::uint64_t offset, broadcast& into) const {
  const auto& from = kept_[index_of(offset)];
  const std::string_view texts{from.texts.get(), from.size};
  into.data = texts.substr(0, from.data_size);
  into.exclude_socket = texts.substr(from.data_size, from.sid_size);
  into.broadcast_type = texts.substr(from.data_size + from.sid_size);
  into.data_is_json = from.data_is_json;
}

}  // namespace ability
