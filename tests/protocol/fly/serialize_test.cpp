#define CAF_SUITE fly_serialize
#include "protocol/fly/serialize.hpp"

#include <stdexcept>

#include "caf/test/unit_test.hpp"

namespace app {

struct point {
  int x = 0;
  std::string name;
  bool operator==(const point&) const = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(point, x, name)

struct moody {};
void to_json(nlohmann::json&, const moody&) { throw std::runtime_error{"not today"}; }
void from_json(const nlohmann::json&, moody&) { throw std::runtime_error{"not today"}; }

// The shape of what protoc makes.
// NOLINTBEGIN(readability-identifier-naming)
struct proto {
  std::string text;
  bool complete = true;
  bool SerializeToString(std::string* out) const {
    *out = "pb:" + text;
    return complete;
  }
  bool ParseFromArray(const void* data, int size) {
    text.assign(static_cast<const char*>(data), static_cast<std::size_t>(size));
    return text.starts_with("pb:");
  }
};
// NOLINTEND(readability-identifier-naming)

struct opaque {};

}  // namespace app

using namespace ability::fly;
using bytes = std::vector<std::byte>;

namespace {

constexpr auto both = {serializer::json, serializer::msgpack};

template <class T>
outcome<T> there_and_back(serializer how, const T& message) {
  const auto sent = encode_message(how, message);
  if (!sent)
    return sent.error();
  return decode_message<T>(payload{sent->bytes, sent->is_raw, how});
}

template <class T>
bool refused(const outcome<T>& found, error_code why) {
  return found.has_error() && found.error().is(why);
}

}  // namespace

static_assert(encodable<app::point> && decodable<app::point>);
static_assert(encodable<app::proto> && decodable<app::proto>);
static_assert(encodable<bytes> && decodable<bytes> && encodable<raw> && decodable<raw>);
static_assert(encodable<std::span<const std::byte>> && !decodable<std::span<const std::byte>>);
static_assert(!encodable<app::opaque> && !decodable<app::opaque>);
static_assert(!decodable<std::string_view>, "it would refer to what is gone");
static_assert(!encodable<remote_error> && !encodable<error_code>);

CAF_TEST(a message survives JSON and MessagePack) {
  for (const auto how : both) {
    CAF_CHECK(*there_and_back(how, app::point{7, "\xc3\xa9"}) == (app::point{7, "\xc3\xa9"}));
    CAF_CHECK(*there_and_back(how, std::vector<int>{1, 2}) == (std::vector<int>{1, 2}));
    CAF_CHECK(*there_and_back(how, std::string{"text"}) == "text");
    CAF_CHECK(*there_and_back(how, nlohmann::json{{"a", nullptr}}) == (nlohmann::json{{"a", nullptr}}));
  }
  CAF_CHECK(encode_message(serializer::json, app::point{1, "a"})->bytes == R"({"name":"a","x":1})");
  CAF_CHECK(encode_message(serializer::msgpack, std::vector<int>{1})->bytes == "\x91\x01");
}

CAF_TEST(a protobuf message is protobuf whatever the connection speaks) {
  for (const auto how : {serializer::json, serializer::msgpack, serializer::protobuf}) {
    CAF_CHECK(encode_message(how, app::proto{"x"})->bytes == "pb:x");
    CAF_CHECK(decode_message<app::proto>(how, "pb:x")->text == "pb:x");
    CAF_CHECK(refused(decode_message<app::proto>(how, "{}"), error_code::bad_payload));
  }
  CAF_CHECK(refused(encode_message(serializer::json, app::proto{"x", false}), error_code::bad_payload));
}

CAF_TEST(no other message goes over a connection that speaks protobuf) {
  CAF_CHECK(refused(encode_message(serializer::protobuf, app::point{}), error_code::not_protobuf));
  CAF_CHECK(refused(encode_message(serializer::protobuf, nlohmann::json{}), error_code::not_protobuf));
  CAF_CHECK(refused(decode_message<app::point>(serializer::protobuf, "{}"), error_code::not_protobuf));
}

CAF_TEST(raw bytes are left as they are) {
  const bytes two{std::byte{0}, std::byte{255}};
  for (const auto how : {serializer::json, serializer::msgpack, serializer::protobuf}) {
    const auto sent = encode_message(how, two);
    CAF_CHECK(sent->is_raw);
    CAF_CHECK(sent->bytes == std::string("\0\xff", 2));
    CAF_CHECK(*there_and_back(how, two) == two);
    CAF_CHECK(encode_message(how, std::span<const std::byte>{two})->bytes == sent->bytes);
    CAF_CHECK(there_and_back(how, raw{"\xff"})->bytes == "\xff");
    CAF_CHECK(*decode_message<std::string>(payload{"{", true, how}) == "{");
    CAF_CHECK(refused(decode_message<app::proto>(payload{"pb:", true, how}), error_code::bad_payload));
    CAF_CHECK(refused(decode_message<app::point>(payload{R"({"name":"","x":1})", true, how}), error_code::bad_payload));
  }
}

CAF_TEST(what cannot be read is a bad payload) {
  for (const std::string_view text : {"", "{", "{} {}", "[]", "7", R"({"x":1})", R"({"x":"1","name":""})", "\xff"})
    for (const auto how : both)
      CAF_CHECK(refused(decode_message<app::point>(how, text), error_code::bad_payload));
}

CAF_TEST(what throws is a bad payload) {
  for (const auto how : both) {
    CAF_CHECK(refused(encode_message(how, app::moody{}), error_code::bad_payload));
    CAF_CHECK(refused(decode_message<app::moody>(payload{"7", false, how}), error_code::bad_payload));
  }
  CAF_CHECK(refused(encode_message(serializer::json, app::point{1, "\xff"}), error_code::bad_payload));
}

CAF_TEST(sizes that are not there take no memory) {
  const std::string sizes{"\xff\xff\xff\xff"};
  for (const auto type : {'\xdd', '\xdf', '\xc6', '\xc9', '\xdb'}) {
    CAF_CHECK(refused(decode_message<nlohmann::json>(serializer::msgpack, type + sizes), error_code::bad_payload));
    CAF_CHECK(refused(decode_message<nlohmann::json>(serializer::msgpack, type + sizes + "\x01\x02"),
                      error_code::bad_payload));
  }
}

CAF_TEST(deep nesting breaks nothing) {
  const auto json_of = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  const auto packed_of = [](std::size_t depth) { return std::string(depth - 1, '\x91') + '\x90'; };
  CAF_CHECK(decode_message<nlohmann::json>(serializer::json, json_of(64)).has_value());
  CAF_CHECK(decode_message<nlohmann::json>(serializer::msgpack, packed_of(64)).has_value());
  for (const std::size_t depth : {65u, 32'767u}) {
    CAF_CHECK(refused(decode_message<nlohmann::json>(serializer::json, json_of(depth)), error_code::bad_payload));
    CAF_CHECK(refused(decode_message<nlohmann::json>(serializer::msgpack, packed_of(depth)), error_code::bad_payload));
  }
}

CAF_TEST(taking the value out of a failure throws) {
  std::string thrown;
  try {
    decode_message<app::point>(serializer::json, "").value();
  } catch (const std::runtime_error& error) {
    thrown = error.what();
  }
  CAF_CHECK_EQUAL(thrown, "bad_payload: not JSON: \"\"");
  CAF_CHECK_EQUAL(to_string(remote_error{error_code::closed}), "closed");
  CAF_CHECK_EQUAL(to_string(remote_error{error_code::not_found, "no"}), "not_found: no");
}
