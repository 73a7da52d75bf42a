#include "protocol/monitor/questions.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/monitor/arguments.hpp"

namespace ability {

namespace {

template <class... Parts>
std::string sentence(const Parts&... parts) {
  std::string out;
  (out.append(parts), ...);
  return out;
}

template <std::size_t N>
std::string list_of(const std::array<std::string_view, N>& names) {
  std::string out;
  for (const auto name : names)
    out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

using decoder = result<monitor_question> (*)(arguments&);

result<monitor_question> done(const arguments& from, monitor_question what) {
  if (from.failure())
    return *from.failure();
  return what;
}

template <class Question>
result<monitor_question> decode_nothing(arguments& from) {
  return done(from, Question{});
}

template <class Question>
result<monitor_question> decode_page(arguments& from) {
  Question page{.filter = from.text("filter"),
                .limit = from.number("limit", 1, verb::max_limit, verb::default_limit),
                .after = from.text("after")};
  if (page.filter.size() > verb::max_filter)
    from.fail({errc::too_large,
               sentence("\"filter\" must have at most 256 bytes, found ", std::to_string(page.filter.size()))});
  return done(from, std::move(page));
}

result<monitor_question> decode_login(arguments& from) {
  return done(from, verb::login{.secret = from.needed_text("secret")});
}

result<monitor_question> decode_connection(arguments& from) {
  return done(from, verb::connection{.id = from.needed_text("id")});
}

template <class Question>
result<monitor_question> decode_name(arguments& from) {
  return done(from, Question{.name = from.needed_text("name"),
                             .limit = from.number("limit", 1, verb::max_limit, verb::default_limit)});
}

std::uint32_t decode_kinds(arguments& from) {
  const auto* given = from.find("events");
  if (given == nullptr)
    return 0;
  if (given->kind == json_kind::boolean)
    return given->flag ? all_event_kinds : 0;
  std::uint32_t kinds = 0;
  bool fits = given->kind == json_kind::array && given->only_texts;
  std::string found{describe(given->kind)};
  for (const auto& item : given->items) {
    const auto name = std::ranges::find(event_kind_names, item);
    if (name == event_kind_names.end()) {
      fits = false;
      found = excerpt(item);
    } else {
      kinds |= bit_of(static_cast<event_kind>(name - event_kind_names.begin()));
    }
  }
  if (!fits)
    from.fail({errc::wrong_value, sentence("\"events\" must be true, false or a list of kinds (",
                                           list_of(event_kind_names), "), found ", found)});
  return kinds;
}

result<monitor_question> decode_watch(arguments& from) {
  constexpr std::size_t least = 100;
  constexpr std::size_t most = 60'000;
  const auto interval = from.number("interval_ms", 0, most, 1'000);
  if (interval > 0 && interval < least)
    from.fail({errc::wrong_value, sentence("\"interval_ms\" must be 0, for no snapshots, or a whole number from 100 to "
                                           "60000, found ",
                                           std::to_string(interval))});
  const auto events = decode_kinds(from);
  if (interval == 0 && events == 0)
    from.fail({errc::wrong_value, "there is nothing to watch: \"interval_ms\" is 0 and \"events\" names none"});
  return done(from, verb::watch{.interval = std::chrono::milliseconds{interval}, .events = events});
}

result<monitor_question> decode_disconnect(arguments& from) {
  verb::disconnect order{
      .id = from.text("id"), .identity = from.text("identity"), .reconnect = from.flag("reconnect", true)};
  if (order.id.empty() == order.identity.empty())
    from.fail({errc::wrong_value, "disconnect takes either \"id\" or \"identity\", not empty"});
  return done(from, std::move(order));
}

result<monitor_question> decode_drain(arguments& from) {
  verb::drain order{.within = std::chrono::seconds{from.number("within_s", 0, 3'600, 30)},
                    .reconnect = from.flag("reconnect", true)};
  if (from.find("notice_s") != nullptr) {
    const auto most = static_cast<std::size_t>(order.within.count());
    order.notice = std::chrono::seconds{from.number("notice_s", 0, most, 0)};
  }
  return done(from, order);
}

result<monitor_question> decode_log_level(arguments& from) {
  auto level = from.needed_text("level");
  if (std::ranges::find(verb::log_levels, level) == verb::log_levels.end())
    from.fail({errc::wrong_value,
               sentence("\"level\" must be one of ", list_of(verb::log_levels), ", found ", excerpt(level))});
  return done(from, verb::log_level{.level = std::move(level)});
}

struct known_verb {
  std::string_view name;
  std::vector<std::string_view> keys;
  decoder decode;
};

const std::vector<known_verb>& verbs() {
  static const std::vector<known_verb> all{
      {"login", {"secret"}, decode_login},
      {"status", {}, decode_nothing<verb::status>},
      {"connections", {"filter", "limit", "after"}, decode_page<verb::connections>},
      {"connection", {"id"}, decode_connection},
      {"streams", {"filter", "limit", "after"}, decode_page<verb::streams>},
      {"stream", {"name", "limit"}, decode_name<verb::stream>},
      {"history", {"name", "limit"}, decode_name<verb::history>},
      {"sessions", {}, decode_nothing<verb::sessions>},
      {"presence", {"name", "limit"}, decode_name<verb::presence>},
      {"nodes", {}, decode_nothing<verb::nodes>},
      {"watch", {"interval_ms", "events"}, decode_watch},
      {"unwatch", {}, decode_nothing<verb::unwatch>},
      {"disconnect", {"id", "identity", "reconnect"}, decode_disconnect},
      {"drain", {"within_s", "reconnect", "notice_s"}, decode_drain},
      {"undrain", {}, decode_nothing<verb::undrain>},
      {"log-level", {"level"}, decode_log_level},
  };
  return all;
}

fault unknown_verb(std::string_view name) {
  std::string known;
  for (const auto& each : verbs())
    known.append(known.empty() ? "" : ", ").append(each.name);
  return {errc::unknown_command, sentence("unknown verb ", excerpt(name), "; there are ", known)};
}

}  // namespace

result<monitor_question> decode_question(std::string_view name, std::string_view text) {
  const auto& all = verbs();
  const auto found = std::ranges::find(all, name, &known_verb::name);
  if (found == all.end())
    return unknown_verb(name);
  arguments given{found->name, found->keys};
  if (!text.empty())
    if (auto read = given.read(text); !read)
      return read.error();
  return found->decode(given);
}

bool is_command(const monitor_question& what) noexcept {
  return std::holds_alternative<verb::disconnect>(what) || std::holds_alternative<verb::drain>(what) ||
         std::holds_alternative<verb::undrain>(what) || std::holds_alternative<verb::log_level>(what);
}

}  // namespace ability
