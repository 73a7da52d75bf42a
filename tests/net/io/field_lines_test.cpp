// Labels: hardened
#define CAF_SUITE field_lines

#include "net/io/field_lines.hpp"

#include <boost/beast/http/message.hpp>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace http = boost::beast::http;

namespace {

using lines = std::vector<std::pair<std::string, std::string>>;

// The lines that remain after the given ones were joined.
lines joined(const lines& given) {
  http::fields fields;
  for (const auto& [name, value] : given)
    fields.insert(name, value);
  fly::join_lines(fields);
  lines left;
  for (const auto& each : fields)
    left.emplace_back(each.name_string(), each.value());
  std::sort(left.begin(), left.end());
  return left;
}

}  // namespace

CAF_TEST(lines of one name become a list in their order whatever stands between them) {
  CAF_CHECK_EQUAL(joined({{"X-A", "1"}, {"B", "2"}, {"x-a", "3, 4"}, {"C", "5"}, {"X-a", "6"}}),
                  (lines{{"B", "2"}, {"C", "5"}, {"X-A", "1, 3, 4, 6"}}));
}

CAF_TEST(cookies stay one header of cookies) {
  CAF_CHECK_EQUAL(joined({{"cookie", "a=1"}, {"Cookie", "b=2; c=3"}}), (lines{{"cookie", "a=1; b=2; c=3"}}));
}

CAF_TEST(what came once stays as it is) {
  CAF_CHECK_EQUAL(joined({{"B", "x; y, z"}, {"A", ""}}), (lines{{"A", ""}, {"B", "x; y, z"}}));
  CAF_CHECK_EQUAL(joined({}), lines{});
}

CAF_TEST(what may come only once can be told from what did) {
  CAF_CHECK_EQUAL(joined({{"Host", "x"}, {"Host", ""}}), (lines{{"Host", "x,"}}));
  CAF_CHECK_EQUAL(joined({{"Origin", ""}, {"Origin", "http://x"}}), (lines{{"Origin", ", http://x"}}));
}

CAF_TEST(a length that was repeated is one length) {
  CAF_CHECK_EQUAL(joined({{"Content-Length", "5"}, {"Content-Length", "5"}}), (lines{{"Content-Length", "5"}}));
}
