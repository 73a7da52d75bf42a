#include "protocol/history/position_json.hpp"

#include <string>
#include <string_view>

namespace ability {

void append_position_members(std::string& out, const stream_position& at) {
  out += std::string_view{R"("epoch":")"};
  append_epoch(out, at.epoch);
  out.append(std::string_view{R"(","offset":)"}).append(std::to_string(at.offset));
}

void append_position_json(std::string& out, const stream_position& at) {
  out += '{';
  append_position_members(out, at);
  out += '}';
}

}  // namespace ability
