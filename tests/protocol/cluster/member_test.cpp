#define CAF_SUITE cluster_member
#include "protocol/cluster/member.hpp"

#include <limits>
#include <set>

#include "caf/test/unit_test.hpp"

using namespace ability;

namespace {

const member one{"0123456789abcdef0123456789abcdef", "red", "10.0.0.1:7700", 1'700'000'000'000};
const member two{"ffffffffffffffffffffffffffffffff", "blue-2", "[::1]:65535",
                 std::numeric_limits<std::uint64_t>::max()};

const std::string golden =
    R"([{"uuid":"0123456789abcdef0123456789abcdef","name":"red","address":"10.0.0.1:7700","started":1700000000000},)"
    R"({"uuid":"ffffffffffffffffffffffffffffffff","name":"blue-2","address":"[::1]:65535","started":18446744073709551615}])";

// One member with `key` set to the JSON `value`, or without it.
std::string with(std::string_view key, std::string_view value) {
  std::string out = "[{";
  const std::pair<std::string_view, std::string_view> all[] = {{"uuid", R"("0123456789abcdef0123456789abcdef")"},
                                                               {"name", R"("red")"},
                                                               {"address", R"("10.0.0.1:7700")"},
                                                               {"started", "1"}};
  for (const auto& [name, good] : all) {
    const auto text = name == key ? value : good;
    if (!text.empty())
      out.append(out.size() > 2 ? "," : "").append("\"").append(name).append("\":").append(text);
  }
  return out + "}]";
}

fault refused(std::string_view json) {
  const auto members = decode_members(json);
  CAF_REQUIRE(members.has_error());
  return members.error();
}

bool fits(std::string_view key, std::string_view value) { return decode_members(with(key, value)).has_value(); }

}  // namespace

CAF_TEST(members are the golden text) {
  CAF_CHECK_EQUAL(encode_members({one, two}), golden);
  CAF_CHECK_EQUAL(encode_members({}), "[]");
}

CAF_TEST(members come back) {
  CAF_CHECK(decode_members(golden).value() == (std::vector<member>{one, two}));
  CAF_CHECK(decode_members("[]")->empty());
}

CAF_TEST(keys that are not known are ignored) {
  const auto members = decode_members(with("started", R"(1,"later":[{}])"));
  CAF_REQUIRE(members.has_value());
  CAF_CHECK(members->front().started == 1u);
}

CAF_TEST(truncated at any byte there are no members) {
  for (std::size_t size = 0; size < golden.size(); ++size)
    CAF_CHECK(decode_members(golden.substr(0, size)).has_error());
}

CAF_TEST(what is wrong is named) {
  CAF_CHECK(refused("").code == errc::malformed_json);
  CAF_CHECK(refused("{}").code == errc::wrong_type);
  CAF_CHECK_EQUAL(refused("[1]").detail, "member 0 must be an object, found a number");
  CAF_CHECK(refused("[1]").code == errc::wrong_type);
  for (const auto* key : {"uuid", "name", "address", "started"}) {
    CAF_CHECK(refused(with(key, "")).code == errc::missing_key);
    for (const auto* value : {"null", "[]", "{}", "true", "-1", "1.5"})
      CAF_CHECK(refused(with(key, value)).code == errc::wrong_type);
    CAF_CHECK(refused(with(key, "false")).detail.starts_with("member 0: \"" + std::string{key} + "\" must be "));
  }
  CAF_CHECK_EQUAL(refused(with("started", "-1")).detail, "member 0: \"started\" must be a whole number, found \"-1\"");
  for (const auto* uuid : {R"("")", R"("0123456789ABCDEF0123456789ABCDEF")", R"("0123456789abcdef0123456789abcde")",
                           R"("0123456789abcdef0123456789abcdef0")"})
    CAF_CHECK(refused(with("uuid", uuid)).code == errc::wrong_value);
  for (const auto* name : {R"("")", R"("two words")", R"("line\n")", R"("caf\u00e9")", R"("\u001b")", R"("\u007f")"})
    CAF_CHECK(refused(with("name", name)).code == errc::wrong_value);
  for (const auto* address : {R"("")", R"("host")", R"(":1")", R"("host:")", R"("host:0")", R"("host:65536")",
                              R"("host:1x")", R"("host:-1")", R"("h ost:1")"})
    CAF_CHECK(refused(with("address", address)).code == errc::wrong_value);
}

CAF_TEST(names and addresses are bounded) {
  const auto quoted = [](const std::string& text) { return '"' + text + '"'; };
  CAF_CHECK(fits("name", quoted(std::string(64, 'x'))));
  CAF_CHECK(!fits("name", quoted(std::string(65, 'x'))));
  CAF_CHECK(fits("address", quoted(std::string(255, 'x') + ":1")));
  CAF_CHECK(!fits("address", quoted(std::string(256, 'x') + ":1")));
}

CAF_TEST(too many members are refused) {
  const auto most = 4 * max_members;
  CAF_CHECK_EQUAL(decode_members(encode_members(std::vector<member>(most, one)))->size(), most);
  CAF_CHECK(refused(encode_members(std::vector<member>(most + 1, one))).code == errc::too_large);
}

CAF_TEST(uuids are new each time and of their form) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    auto found = one;
    found.uuid = make_uuid();
    CAF_CHECK(decode_members(encode_members({found})).has_value());
    seen.insert(found.uuid);
  }
  CAF_CHECK_EQUAL(seen.size(), 100u);
}
