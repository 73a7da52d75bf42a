#define CAF_SUITE fly_handler
#include "net/fly/handler.hpp"

#include <stdexcept>

#include "caf/test/unit_test.hpp"
#include "fly_peer_fixture.hpp"

using namespace ability::fly;
using namespace std::chrono_literals;
using boost::asio::awaitable;
using bytes = std::vector<std::byte>;
using buffer = std::span<const std::byte>;

namespace {

struct point {
  int x = 0;
  int y = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(point, x, y)

struct opaque {};

int plain(const point& p) { return p.x; }

}  // namespace

static_assert(is_handler_v<void (*)()>);
static_assert(is_handler_v<decltype(plain)>);
static_assert(is_handler_v<void (*)(context&, const packet&, buffer, const point&)>);
static_assert(is_handler_v<void (*)(point, const buffer&, packet, context)>);
static_assert(is_handler_v<point (*)(point&&) noexcept>);
static_assert(is_handler_v<raw (*)(raw)>);
static_assert(is_handler_v<bytes (*)(bytes)>);
static_assert(is_handler_v<buffer (*)()>);
static_assert(is_handler_v<outcome<point> (*)()>);
static_assert(is_handler_v<outcome<void> (*)()>);
static_assert(is_handler_v<outcome<nlohmann::json> (*)(nlohmann::json)>);
static_assert(is_handler_v<remote_error (*)()>);
static_assert(is_handler_v<error_code (*)()>);
static_assert(is_handler_v<awaitable<void> (*)(context&)>);
static_assert(is_handler_v<awaitable<outcome<point>> (*)(const point&)>);
static_assert(is_handler_v<std::function<point(point)>>);

static_assert(!is_handler_v<int>);
static_assert(!is_handler_v<void (*)(point&)>, "a message cannot be written to");
static_assert(!is_handler_v<void (*)(packet&)>);
static_assert(!is_handler_v<void (*)(opaque)>);
static_assert(!is_handler_v<void (*)(point*)>);
static_assert(!is_handler_v<void (*)(std::string_view)>, "it would refer to what is gone");
static_assert(!is_handler_v<void (*)(point, point)>, "one message only");
static_assert(!is_handler_v<void (*)(point, int)>);
static_assert(!is_handler_v<void (*)(context&, context&)>);
static_assert(!is_handler_v<void (*)(buffer, buffer)>);
static_assert(!is_handler_v<opaque (*)()>);
static_assert(!is_handler_v<outcome<opaque> (*)()>);
static_assert(!is_handler_v<ability::result<point> (*)()>, "another kind of error");
static_assert(!is_handler_v<awaitable<opaque> (*)()>);
static_assert(!is_handler_v<awaitable<awaitable<void>> (*)()>);
using generic = decltype([](auto) {});
static_assert(!is_handler_v<generic>);

namespace {

struct fixture : peer_fixture {
  std::shared_ptr<engine> server = make_engine();
  wire to;
  context from = against(to, server);

  /// The reply to a request.
  std::optional<kept_packet> ask(std::string_view text, std::uint8_t options = 0) {
    to.got.clear();
    to.put({subtype::rpc, options, 1, 9, text});
    run_for(20ms);
    CAF_CHECK(to.got.size() <= 1u);
    return to.got.empty() ? std::nullopt : std::optional{to.got.front()};
  }

  template <class F>
  std::string answer(F f, std::string_view text = R"({"x":1,"y":2})", std::uint8_t options = 0) {
    on(server, 1, std::move(f));
    const auto got = ask(text, options);
    if (!got)
      return "nothing";
    CAF_CHECK(got->has(rpc_option::resp));
    CAF_CHECK_EQUAL(got->command, 1u);
    CAF_CHECK_EQUAL(int{got->sequence}, 9);
    if (got->has(rpc_option::error))
      return to_string(decode_error(got->bytes));
    return (got->has(rpc_option::buffer) ? "raw " : "") + got->bytes;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_handler_tests, fixture)

CAF_TEST(all arguments are given in any order) {
  CAF_CHECK_EQUAL(answer([](const point& p, buffer b, const packet& what, context& c) {
                    return std::to_string(p.x) + std::to_string(b.size()) + std::to_string(what.sequence) + c.address();
                  }),
                  "\"1139memory\"");
  CAF_CHECK_EQUAL(answer([](context c, point p) { return c.is_open() ? p.y : 0; }), "2");
  CAF_CHECK_EQUAL(answer(plain), "1");
  CAF_CHECK_EQUAL(answer([n = 0](point&& p) mutable { return ++n + p.x; }), "2");
}

CAF_TEST(all kinds of results are sent) {
  CAF_CHECK_EQUAL(answer([] {}), "nothing");
  CAF_CHECK_EQUAL(answer([] { return raw{"\xff"}; }), "raw \xff");
  CAF_CHECK_EQUAL(answer([] { return bytes(2, std::byte{'a'}); }), "raw aa");
  CAF_CHECK_EQUAL(answer([](buffer b) { return b; }, "[]"), "raw []");
  CAF_CHECK_EQUAL(answer([] { return outcome<point>{point{3, 4}}; }), R"({"x":3,"y":4})");
  CAF_CHECK_EQUAL(answer([] { return outcome<point>{remote_error{error_code::forbidden, "no"}}; }), "forbidden: no");
  CAF_CHECK_EQUAL(answer([] { return outcome<void>{}; }), "nothing");
  CAF_CHECK_EQUAL(answer([]() -> outcome<void> { return remote_error{error_code::forbidden}; }), "forbidden");
  CAF_CHECK_EQUAL(answer([] { return error_code::too_many; }), "too_many");
  CAF_CHECK_EQUAL(answer([] { return remote_error{}; }), "handler_error");
  CAF_CHECK_EQUAL(answer([] {
                    remote_error fine;
                    fine.code = 0;
                    return fine;
                  }),
                  "nothing");
  CAF_CHECK_EQUAL(answer([] {
                    remote_error own;
                    own.code = 4711;
                    return own;
                  }),
                  "error 4711");
}

CAF_TEST(coroutines are handlers) {
  CAF_CHECK_EQUAL(answer([](const point& p) -> awaitable<point> {
                    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
                    co_return point{p.y, p.x};
                  }),
                  R"({"x":2,"y":1})");
  CAF_CHECK_EQUAL(answer([]() -> awaitable<void> { co_return; }), "nothing");
  CAF_CHECK_EQUAL(answer([]() -> awaitable<error_code> { co_return error_code::forbidden; }), "forbidden");
  CAF_CHECK_EQUAL(answer([](buffer b) -> awaitable<buffer> {
                    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
                    co_return b;
                  }),
                  R"(raw {"x":1,"y":2})");
  CAF_CHECK_EQUAL(answer([]() -> awaitable<int> {
                    throw std::runtime_error{"secret"};
                    co_return 1;
                  }),
                  "handler_panic");
}

CAF_TEST(a handler that throws is told to the log and not to the caller) {
  std::string line;
  how.log = [&](std::string_view what) { line = what; };
  server = make_engine();
  from = against(to, server);
  CAF_CHECK_EQUAL(answer([]() -> int { throw std::runtime_error{"secret"}; }), "handler_panic");
  CAF_CHECK_EQUAL(line, "the handler of command 1 threw: secret");
  CAF_CHECK_EQUAL(answer([] { throw 7; }), "handler_panic");
  CAF_CHECK_EQUAL(answer([] { return 1; }), "1");
}

CAF_TEST(what cannot be read is not handled) {
  bool called = false;
  const auto note = [&](const point&) { called = true; };
  for (const std::string_view text : {"", "{", "[]", R"({"x":"1","y":2})", "\xff"})
    CAF_CHECK(answer(note, text).starts_with("bad_payload"));
  CAF_CHECK(answer(note, R"({"x":1,"y":2})", rpc_option::buffer).starts_with("bad_payload"));
  CAF_CHECK(!called);
  CAF_CHECK_EQUAL(answer([](raw all) { return all; }, "\xff"), "raw \xff");
}

CAF_TEST(a result that cannot be written is an error) {
  CAF_CHECK(answer([] { return std::string{"\xff"}; }).starts_with("bad_payload"));
}

CAF_TEST(options that nobody knows change nothing) {
  CAF_CHECK_EQUAL(answer([] { return 1; }, "{}", 0x38), "1");
}

CAF_TEST_FIXTURE_SCOPE_END()
