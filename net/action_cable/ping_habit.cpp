#include "net/action_cable/ping_habit.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/rfc7230.hpp>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "protocol/action_cable/messages.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds longest_interval{3'600};

std::optional<std::chrono::seconds> interval_in(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds > longest_interval.count())
    return {};
  return std::chrono::seconds{seconds};
}

std::optional<ping_unit> unit_in(std::string_view text) {
  if (text == "s")
    return ping_unit::seconds;
  if (text == "ms")
    return ping_unit::milliseconds;
  if (text == "ns")
    return ping_unit::nanoseconds;
  return {};
}

bool offers(const upgrade_request& request, std::string_view subprotocol) {
  const auto offered = http::token_list{request[http::field::sec_websocket_protocol]};
  return std::any_of(offered.begin(), offered.end(), [&](const auto& each) { return each == subprotocol; });
}

}  // namespace

ping_habit ping_habit_of(const edge_settings& settings, const upgrade_request& request, std::string_view subprotocol) {
  ping_habit habit{.interval = settings.ping_interval, .unit = settings.ping_unit};
  if (const auto wanted = interval_in(query_value(request.target(), "pi")))
    habit.interval = *wanted;
  if (const auto wanted = unit_in(query_value(request.target(), "ptp")))
    habit.unit = *wanted;
  if (settings.pong_timeout.count() == 0 || habit.interval.count() == 0)
    return habit;
  if (subprotocol == subprotocol_ext_json)
    habit.pongs = pong_duty::always;
  else if (subprotocol == subprotocol_json && offers(request, subprotocol_ext_pong))
    habit.pongs = pong_duty::if_welcomed;
  return habit;
}

std::int64_t now_in(ping_unit unit) {
  using namespace std::chrono;
  const auto now = system_clock::now().time_since_epoch();
  switch (unit) {
    case ping_unit::nanoseconds:
      return duration_cast<nanoseconds>(now).count();
    case ping_unit::milliseconds:
      return duration_cast<milliseconds>(now).count();
    case ping_unit::seconds:
      break;
  }
  return duration_cast<seconds>(now).count();
}

frames_ptr ping_frame(ping_unit unit) {
  struct ready {
    std::int64_t time = 0;
    frames_ptr frame;
  };
  thread_local std::array<ready, 3> frames;
  auto& [time, frame] = frames[static_cast<std::size_t>(unit)];
  if (const auto now = now_in(unit); now != time || frame == nullptr) {
    auto made = std::make_shared<std::string>();
    append_text_frame(*made, ping_message(now));
    frame = std::move(made);
    time = now;
  }
  return frame;
}

}  // namespace ability
