#include "tests/bench/history_clients.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <stdexcept>

#include "tests/bench/measure.hpp"
#include "tests/bench/scrape.hpp"

namespace ability::load {

namespace {

constexpr std::size_t message_bytes = 100;
constexpr std::size_t largest_post = 1'000;  // publications

std::uint64_t read_number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The text behind `name`, up to a quotation mark; nothing if there is no `name`.
std::string_view value_behind(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  if (at == std::string_view::npos)
    return {};
  const auto rest = text.substr(at + name.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace

std::string command_about(std::string_view command, const std::string& stream, const std::string& more) {
  return R"({"command":")" + std::string{command} + R"(","identifier":"{\"channel\":\"$pubsub\",\"stream_name\":\")" +
         stream + R"(\"}")" + more + "}";
}

std::string history_key(const std::string& stream, const known_position& at) {
  return R"(,"history":{"since":)" + std::to_string(std::time(nullptr)) + R"(,"streams":{")" + stream +
         R"(":{"epoch":")" + at.epoch + R"(","offset":)" + std::to_string(at.offset) + "}}}";
}

client_script patient_script(const running_server& server, bool extended, const streams_of_client& streams_of) {
  auto script = server.script(streams_of);
  if (extended)
    script.subprotocol = "actioncable-v1-ext-json";
  script.greeting = R"("type":"welcome")";
  return script;
}

std::optional<known_position> last_position(std::string_view text) {
  static constexpr std::string_view name = R"("epoch":")";
  static constexpr std::string_view next = R"(","offset":)";
  const auto at = text.rfind(name);
  if (at == std::string_view::npos)
    return {};
  const auto epoch = text.substr(at + name.size());
  const auto offset = epoch.find(next);
  if (offset == std::string_view::npos || epoch.find('}', offset) == std::string_view::npos)
    return {};
  return known_position{std::string{epoch.substr(0, offset)}, read_number(epoch.substr(offset + next.size()))};
}

std::string sid_in(std::string_view text) { return std::string{value_behind(text, R"("sid":")")}; }

std::vector<std::uint64_t> numbers_in(std::string_view text) {
  static constexpr std::string_view name = R"("n":")";
  std::vector<std::uint64_t> numbers;
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
    numbers.push_back(read_number(text.substr(at + name.size())));
  return numbers;
}

void publish_to_all(const running_server& server, const std::vector<std::string>& streams, std::size_t first,
                    std::size_t count) {
  http_publisher to{server.port(), "/_broadcast", http_publisher::body::publications};
  std::vector<http_publisher::publication> gathered;
  const auto post = [&] {
    to.send(to.encode_array(gathered), 1);
    to.settle();
    gathered.clear();
  };
  for (const auto& stream : streams)
    for (std::size_t i = 0; i < count; ++i) {
      gathered.push_back({stream, message_of(first + i, message_bytes)});
      if (gathered.size() == largest_post)
        post();
    }
  if (!gathered.empty())
    post();
}

void await_metric(const running_server& server, const std::string& name, double value, int limit_ms) {
  const auto deadline = now_ns() + limit_ms * 1'000'000LL;
  std::int64_t pause_ms = 10;  // then longer: each look takes some CPU of the daemon
  for (auto is = scrape(server.port(), name); is != value; is = scrape(server.port(), name)) {
    if (now_ns() > deadline)
      throw std::runtime_error{name + " is " + number(is, 0) + " instead of " + number(value, 0)};
    sleep_ms(pause_ms);
    pause_ms = std::min<std::int64_t>(2 * pause_ms, 200);
  }
}

bool has_daemon(const bench_settings& settings, report& out) {
  const auto why = missing(server_kind::abilityd, settings.where);
  if (why)
    out.failure(*why);
  return !why;
}

}  // namespace ability::load
