/// A publisher over Redis: PUBLISH with AnyCable's JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/load/links/pipelined_publish_link.hpp"
#include "net/redis/redis_value_reader.hpp"

namespace ability::load {

/// Each message of a batch is a PUBLISH of its own. Redis accepts every valid command; subscribers of the channel are
/// unknown.
class redis_publish_link final : public pipelined_publish_link {
public:
  redis_publish_link(lane_parts& parts, const route& how, publish_callback told);

private:
  request encode(const std::vector<load_message>& batch) override;
  request hello() override;
  std::string read(std::string_view bytes) override;

  const endpoint& where_;
  std::optional<redis_value_reader> replies_;
  std::size_t reply_bytes_ = 0;  // of the reply that is incomplete
};

}  // namespace ability::load
