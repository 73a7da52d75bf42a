#include "protocol/history/history_listing.hpp"

#include <utility>

namespace ability {

history_listing::history_listing(const stream_position& last, std::uint64_t first) {
  std::string epoch;
  append_epoch(epoch, last.epoch);
  out_.open('{').member("epoch", epoch).member("first", first).member("last", last.offset).key("messages").open('[');
}

void history_listing::add(std::uint64_t offset, std::int64_t time, const broadcast& message) {
  out_.open('{').member("offset", offset).member("time", time).key("data");
  if (message.data_is_json)
    out_.raw(message.data);
  else
    out_.value(message.data);
  if (!message.broadcast_type.empty())
    out_.member("type", message.broadcast_type);
  out_.close('}');
}

std::string history_listing::finish() && {
  out_.close(']').close('}');
  return std::move(json_);
}

}  // namespace ability
