#include "protocol/monitor/history_answers.hpp"

#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/write_position.hpp"

namespace ability {

std::string encode_history(const history_report& what) {
  std::string json;
  json_writer out{json};
  out.open('{').member("name", shown(what.name));
  write_position(out, what.position);
  out.member("first", what.position.offset - what.kept + 1)
      .member("kept", what.kept)
      .member("bytes", what.bytes)
      .member("limit", what.limit)
      .member("ttl_s", what.ttl_s)
      .key("publications")
      .open('[');
  for (const auto& each : what.publications)
    out.open('{').member("offset", each.offset).member("at_ms", each.at_ms).member("bytes", each.bytes).close('}');
  out.close(']').close('}');
  return json;
}

std::string encode_sessions(const sessions_report& what) {
  std::string json;
  json_writer{json}
      .open('{')
      .member("sessions", what.sessions)
      .member("bytes", what.bytes)
      .member("max", what.max)
      .member("max_bytes", what.max_bytes)
      .member("ttl_s", what.ttl_s)
      .member("oldest_s", what.oldest_s)
      .member("newest_s", what.newest_s)
      .member("shared", what.shared)
      .close('}');
  return json;
}

}  // namespace ability
