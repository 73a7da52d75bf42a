#include "protocol/monitor/presence_answer.hpp"

#include "protocol/json/json_writer.hpp"
#include "protocol/monitor/answers.hpp"

namespace ability {

std::string encode_presence(const presence_report& what) {
  std::string json;
  json_writer out{json};
  out.open('{')
      .member("name", shown(what.name))
      .member("total", what.total)
      .member("sessions", what.sessions)
      .key("members")
      .open('[');
  std::size_t told = 0;
  for (const auto& each : what.members) {
    std::string line;
    json_writer one{line};
    one.open('{').member("id", shown(each.id)).member("sessions", each.sessions).member("away", each.away);
    if (!each.info.empty() && each.info.size() <= max_shown)
      one.key("info").raw(each.info);
    one.close('}');
    if (json.size() + line.size() > max_answer_size)
      break;
    out.raw(line);
    ++told;
  }
  out.close(']').member("more", told < what.total).close('}');
  return json;
}

}  // namespace ability
