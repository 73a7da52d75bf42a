// Labels: hardened
#define CAF_SUITE redis_text_filter
#include "protocol/redis/redis_text_filter.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

std::string message(std::string_view text) {
  return "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n";
}

const std::string cut_message = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n";

// Output for `bytes` in pieces of `at_a_time` bytes: <N> marks an omitted text of N bytes, !N! an impossible length.
std::string filtered(std::string_view bytes, std::size_t at_a_time) {
  redis_text_filter filter{10};
  std::string told;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(at_a_time, bytes.size()))) {
    auto rest = bytes.substr(0, at_a_time);
    while (!rest.empty()) {
      const auto before = rest.size();
      const auto piece = filter.take(rest);
      CAF_REQUIRE(rest.size() < before);
      told += piece.bytes;
      if (piece.skipped > 0)
        told += '<' + std::to_string(piece.skipped) + '>';
      if (piece.impossible > 0)
        told += '!' + std::to_string(piece.impossible) + '!';
    }
  }
  return told;
}

// Checks that the result is the same for all ways to cut the input into pieces.
void check(std::string_view bytes, std::string_view expected) {
  for (const std::size_t at_a_time : {1u, 2u, 3u, 5u, 7u, 16u, 33u, 1'000'000u})
    CAF_CHECK_EQUAL(filtered(bytes, at_a_time), expected);
}

}  // namespace

CAF_TEST(texts up to the bound pass) {
  for (const std::size_t size : {0u, 1u, 9u, 10u})
    check(message(std::string(size, 'x')), message(std::string(size, 'x')));
}

CAF_TEST(a text over the bound is left out and what follows passes) {
  check(message("hello") + message(std::string(11, 'x')) + message("again"),
        message("hello") + cut_message + "<11>" + message("again"));
  check(message(std::string(100'000, 'x')) + message(std::string(20, 'y')) + "+OK\r\n",
        cut_message + "<100000>" + cut_message + "<20>+OK\r\n");
}

CAF_TEST(a text may hold what looks like answers) {
  const std::string odd = "\r\n$99\r\n";
  check(message(odd) + message("hi"), message(odd) + message("hi"));
  check(message(odd + odd) + message("hi"), cut_message + "<14>" + message("hi"));
}

CAF_TEST(other answers pass however long they are) {
  const std::string error = "-ERR " + std::string(1'000, 'x') + "$\r\n";
  check(error + ":1\r\n$-1\r\n*-1\r\n*0\r\n" + message("hi"), error + ":1\r\n$-1\r\n*-1\r\n*0\r\n" + message("hi"));
}

CAF_TEST(what is no answer passes and is left to the parser) {
  for (const std::string bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", "$x\r\nabc", "$-7\r\n", "$\n$\n",
                                  "$99999999999999999999999\r\n", "$12\n", "$1 2\r\n", "$+12\r\n"})
    check(bytes, bytes);
  const std::string endless = '$' + std::string(1'000, '1');
  check(endless + "\r\n$99\r\n", endless + "\r\n$99\r\n");
}

CAF_TEST(a length that no text has is told and not waited for) {
  check("$4294967296\r\nabc", "");
  check("$4294967297\r\nabc", "!4294967297!abc");
  for (const std::string length : {"9223372036854775807", "9223372036854775808", "18446744073709551613",
                                   "18446744073709551614", "18446744073709551615"})
    check(message("hi") + "$" + length + "\r\nabc$99\r\n", message("hi") + "!" + length + "!abc$99\r\n");
}
