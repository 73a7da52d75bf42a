#include "protocol/fly/read_position_json.hpp"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "protocol/json/excerpt.hpp"
#include "protocol/json/object_reader.hpp"

namespace ability::fly {

result<stream_position> read_position_json(const nlohmann::json& value, const std::string& where) {
  object_reader fields{value, where};
  const auto text = fields.text("epoch");
  const auto epoch = read_epoch(text);
  if (!epoch)
    fields.refuse(errc::wrong_value, "epoch", "16 hexadecimal digits", excerpt(text));
  const auto offset = fields.number("offset", std::numeric_limits<std::uint64_t>::max());
  if (fields.failed())
    return fields.failure();
  return stream_position{*epoch, offset};
}

}  // namespace ability::fly
