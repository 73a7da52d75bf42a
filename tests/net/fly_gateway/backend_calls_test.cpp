#define CAF_SUITE backend_calls

#include "net/fly_gateway/backend_calls.hpp"

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "caf/test/unit_test.hpp"
#include "protocol/fly/remote_error.hpp"

using namespace ability;
using namespace std::chrono_literals;

namespace {

struct fixture {
  boost::asio::io_context io;
  timer_wheel wheel{io};
  backend_calls uut{wheel};
  std::vector<rpc_outcome> ended;

  // Begins a call and returns its number.
  std::optional<std::uint8_t> begin(const rpc_request& request = {.method = rpc_method::connect, .sid = "s"}) {
    const auto bytes = uut.begin(request, 1s, [this](rpc_outcome outcome) { ended.push_back(std::move(outcome)); });
    if (!bytes)
      return {};
    const auto sent = fly::whole_packet(*bytes);
    CAF_REQUIRE(sent && sent->type == fly::subtype::rpc && sent->options == 0);
    return sent->sequence;
  }

  void reply(std::uint8_t number, std::string_view buffer, std::uint8_t options = fly::rpc_option::resp,
             std::uint16_t command = fly::link_command::connect) {
    uut.finish({.options = options, .command = command, .sequence = number, .buffer = buffer});
  }

  void pass(std::chrono::milliseconds time) {
    for (auto left = time; left > 0ms; left -= timer_wheel::tick)
      wheel.advance();
  }

  rpc_failure failure() {
    CAF_REQUIRE(!ended.empty() && std::holds_alternative<rpc_error>(ended.back()));
    return std::get<rpc_error>(ended.back()).why;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(backend_calls_tests, fixture)

CAF_TEST(numbers begin at one and a reply ends its call) {
  CAF_CHECK(begin() == 1u);
  CAF_CHECK(begin() == 2u);
  reply(2, R"({"status":1,"identifiers":"me"})");
  CAF_REQUIRE_EQUAL(ended.size(), 1u);
  CAF_CHECK_EQUAL(std::get<rpc_reply>(ended[0]).identity, "me");
  reply(2, R"({"status":1})");
  CAF_CHECK_EQUAL(ended.size(), 1u);
}

CAF_TEST(each method has a command of its own) {
  const auto command = [this](rpc_method method) {
    return fly::whole_packet(*uut.begin({.method = method, .sid = "s"}, 1s, [](rpc_outcome) {}))->command;
  };
  CAF_CHECK_EQUAL(command(rpc_method::connect), 1u);
  CAF_CHECK_EQUAL(command(rpc_method::command), 2u);
  CAF_CHECK_EQUAL(command(rpc_method::disconnect), 3u);
}

CAF_TEST(a reply to another command is dropped) {
  const auto number = *begin();
  reply(number, R"({"status":1})", fly::rpc_option::resp, fly::link_command::command);
  CAF_CHECK(ended.empty());
}

CAF_TEST(errors and nonsense fail the call) {
  const auto failed = [this](std::string_view buffer, std::uint8_t options) {
    reply(*begin(), buffer, options);
    return failure();
  };
  const auto error = [&](fly::error_code code) {
    return failed(encode_error(fly::remote_error{code, "why"}), fly::rpc_option::resp | fly::rpc_option::error);
  };
  CAF_CHECK(error(fly::error_code::too_many) == rpc_failure::exhausted);
  CAF_CHECK(error(fly::error_code::closing) == rpc_failure::unavailable);
  CAF_CHECK(error(fly::error_code::forbidden) == rpc_failure::unauthorized);
  CAF_CHECK(error(fly::error_code::not_found) == rpc_failure::invalid);
  CAF_CHECK(error(fly::error_code::handler_panic) == rpc_failure::broken);
  CAF_CHECK(failed("no json", fly::rpc_option::resp) == rpc_failure::broken);
  CAF_CHECK(failed("", fly::rpc_option::resp) == rpc_failure::broken);
}

CAF_TEST(a call over 65535 bytes is not made) {
  CAF_CHECK(!begin({.method = rpc_method::command, .sid = "s", .data = std::string(65'536, 'x')}));
  CAF_CHECK(failure() == rpc_failure::invalid);
}

CAF_TEST(at most 256 calls are under way) {
  for (int i = 0; i < 256; ++i)
    CAF_REQUIRE(begin());
  CAF_CHECK(!begin());
  CAF_CHECK(failure() == rpc_failure::exhausted);
  reply(77, R"({"status":1})");
  CAF_CHECK(begin() == 77u);
}

CAF_TEST(a number whose call was late is not used again before its reply came) {
  for (int i = 0; i < 256; ++i)
    CAF_REQUIRE(begin());
  pass(1'200ms);
  CAF_CHECK_EQUAL(ended.size(), 256u);
  CAF_CHECK(failure() == rpc_failure::timed_out);
  CAF_CHECK(!begin());
  reply(9, R"({"status":1})");
  CAF_CHECK_EQUAL(ended.size(), 257u);  // the late call is not reported again
  CAF_CHECK(begin() == 9u);
}

CAF_TEST(a number comes back when its reply cannot come any more) {
  for (int i = 0; i < 256; ++i)
    CAF_REQUIRE(begin());
  pass(32s);
  CAF_CHECK(begin());
}

CAF_TEST(when the link is lost only a message may not be sent again) {
  begin({.method = rpc_method::command, .sid = "s", .command = "message"});
  begin({.method = rpc_method::command, .sid = "s", .command = "subscribe"});
  uut.fail_all("lost");
  CAF_REQUIRE_EQUAL(ended.size(), 2u);
  std::size_t broken = 0;
  for (const auto& each : ended)
    broken += std::get<rpc_error>(each).why == rpc_failure::broken ? 1 : 0;
  CAF_CHECK_EQUAL(broken, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
