#define CAF_SUITE session_answers
#include "protocol/redis_sessions/session_answers.hpp"

#include <initializer_list>
#include <string>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

using kind = redis_value::kind;

redis_value text(std::string what) { return {.what = kind::text, .text = std::move(what)}; }

redis_value list(std::initializer_list<redis_value> items) { return {.what = kind::list, .items = items}; }

template <class Answer>
redis_failure failure_of(const redis_result<Answer>& read) {
  const auto* error = std::get_if<redis_error>(&read);
  return error == nullptr ? redis_failure::full : error->why;
}

}  // namespace

CAF_TEST(answers of one word are read) {
  CAF_CHECK(std::get<bool>(read_done(list({text("done")}))));
  CAF_CHECK(!std::get<bool>(read_done(list({text("gone")}))));
  using outcome = session_found::outcome;
  CAF_CHECK(std::get<session_found>(read_found(list({text("unknown")}))).what == outcome::unknown);
  CAF_CHECK(std::get<session_found>(read_found(list({text("foreign")}))).what == outcome::foreign);
  CAF_CHECK(std::get<session_found>(read_found(list({text("open")}))).what == outcome::open);
  const auto found = std::get<session_found>(read_found(list({text("found"), text("body")})));
  CAF_CHECK(found.what == outcome::found);
  CAF_CHECK_EQUAL(found.body, "body");
}

CAF_TEST(numbers and lists are read) {
  const auto all = std::get<sessions_shared>(read_shared(list({text("alive"), text("1"), text("2"), text("3")})));
  CAF_CHECK(all.had_lease);
  CAF_CHECK_EQUAL(all.freed, 1u);
  CAF_CHECK_EQUAL(all.due, 2u);
  CAF_CHECK_EQUAL(all.all, 3u);
  CAF_CHECK(!std::get<sessions_shared>(read_shared(list({text("fresh"), text("0"), text("0"), text("0")}))).had_lease);
  const auto due = std::get<sessions_reaped>(read_reaped(list({text("4"), list({text("s1"), text("body")})})));
  CAF_CHECK_EQUAL(due.ended, 4u);
  CAF_REQUIRE_EQUAL(due.owed.size(), 1u);
  CAF_CHECK_EQUAL(due.owed[0].first, "s1");
  CAF_CHECK_EQUAL(due.owed[0].second, "body");
  CAF_CHECK_EQUAL(std::get<std::string>(read_ended(list({text("done"), text("s9")}))), "s9");
}

CAF_TEST(an error of the server keeps its reason) {
  const redis_value error{.what = kind::error, .text = "OOM command not allowed when used memory > 'maxmemory'."};
  CAF_CHECK(failure_of(read_done(error)) == redis_failure::out_of_memory);
  CAF_CHECK(failure_of(read_found(error)) == redis_failure::out_of_memory);
  CAF_CHECK(failure_of(read_shared(error)) == redis_failure::out_of_memory);
  CAF_CHECK(failure_of(read_reaped(error)) == redis_failure::out_of_memory);
  CAF_CHECK(failure_of(read_ended(error)) == redis_failure::out_of_memory);
}

CAF_TEST(other answers are malformed) {
  const redis_value number{.what = kind::number, .number = 1};
  for (const auto& each :
       {redis_value{}, number, text("done"), list({}), list({number}), list({text("other")}),
        list({text("done"), number}), list({text("found"), number}), list({text("found")}),
        list({text("alive"), text("1"), text("2"), text("x")}), list({text("alive"), text("-1"), text("2"), text("3")}),
        list({text("alive"), number, number, number}), list({text("1"), text("2")}), list({text("x"), list({})}),
        list({text("1"), list({text("s1")})}), list({text("1"), list({text("s1"), number})})}) {
    CAF_CHECK(failure_of(read_done(each)) == redis_failure::malformed);
    CAF_CHECK(failure_of(read_found(each)) == redis_failure::malformed);
    CAF_CHECK(failure_of(read_shared(each)) == redis_failure::malformed);
    CAF_CHECK(failure_of(read_reaped(each)) == redis_failure::malformed);
    CAF_CHECK(failure_of(read_ended(each)) == redis_failure::malformed);
  }
}
