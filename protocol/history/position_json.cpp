#include "protocol/history/position_json.hpp"

namespace ability {

void append_position_members(std::string& out, const stream_position& at) {
  out += R"("epoch":")";
  append_epoch(out, at.epoch);
  out.append(R"(","offset":)").append(std::to_string(at.offset));
}

void append_position_json(std::string& out, const stream_position& at) {
  out += '{';
  append_position_members(out, at);
  out += '}';
}

}  // namespace ability
