#include "protocol/fly/helo.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "protocol/json/excerpt.hpp"

namespace ability::fly {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array all_serializers{serializer::json, serializer::msgpack, serializer::protobuf};
constexpr const char* deflate_name = "deflate";

std::optional<serializer> serializer_named(std::string_view name) {
  const auto found = std::ranges::find(all_serializers, name, [](auto each) { return name_of(each); });
  return found == all_serializers.end() ? std::nullopt : std::optional{*found};
}

std::string to_text(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void put(ordered_json& place, const char* key, const std::string& text) {
  if (!text.empty())
    place[key] = text;
}

// Keys common to both forms.
template <class Helo>
void put_link(ordered_json& place, const Helo& helo) {
  put(place, "role", helo.role);
  put(place, "node", helo.node);
  put(place, "proof", helo.proof);
  put(place, "nonce", helo.nonce);
  put(place, "cookie", helo.cookie);
}

// Reads keys and remembers the first failure.
class reader {
public:
  // Parentheses: braces would make it an array of one.
  explicit reader(std::string_view buffer) : object_(json::parse(buffer, nullptr, false)) {
    if (object_.is_discarded())
      fail({errc::malformed_json, "a Helo is JSON, found " + excerpt(buffer)});
    else if (!object_.is_object())
      fail({errc::wrong_type, "a Helo is an object, found " + excerpt(buffer)});
  }

  const json* find(const char* key) {
    if (!object_.is_object())
      return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  const json* find(const char* key, bool (*fits)(const json&), const char* must_be) {
    const auto* found = find(key);
    if (found == nullptr || fits(*found))
      return found;
    fail({errc::wrong_type, '"' + std::string{key} + "\" must be " + must_be});
    return nullptr;
  }

  void take(const char* key, std::string& into) {
    if (const auto* found = find(
            key, [](const json& v) { return v.is_string(); }, "a string"))
      into = found->get<std::string>();
  }

  void take(const char* key, bool& into) {
    if (const auto* found = find(
            key, [](const json& v) { return v.is_boolean(); }, "a boolean"))
      into = found->get<bool>();
  }

  void take_version(int& into) {
    const auto* found = find(
        "version", [](const json& v) { return v.is_number_integer(); }, "a whole number");
    if (found != nullptr && *found != protocol_version)
      fail({errc::wrong_value, "\"version\" must be 1, found " + excerpt(found->dump())});
    into = protocol_version;
  }

  template <class Helo>
  void take_link(Helo& helo) {
    take("role", helo.role);
    take("node", helo.node);
    take("proof", helo.proof);
    take("nonce", helo.nonce);
    take("cookie", helo.cookie);
  }

  void fail(fault why) {
    if (!failure_)
      failure_ = std::move(why);
  }

  const std::optional<fault>& failure() const { return failure_; }

private:
  json object_;
  std::optional<fault> failure_;
};

bool is_list_of_texts(const json& value) {
  return value.is_array() && std::ranges::all_of(value, [](const auto& each) { return each.is_string(); });
}

bool is_map_of_texts(const json& value) {
  return value.is_object() && std::ranges::all_of(value, [](const auto& each) { return each.is_string(); });
}

}  // namespace

std::string_view name_of(serializer which) noexcept {
  switch (which) {
    case serializer::msgpack:
      return "msgpack";
    case serializer::protobuf:
      return "protobuf";
    case serializer::json:
      break;
  }
  return "json";
}

std::string encode_helo(const helo_request& helo) {
  ordered_json out{{"version", helo.version}};
  for (const auto each : helo.serializers)
    out["serializers"].push_back(name_of(each));
  if (helo.deflate)
    out["compression"].push_back(deflate_name);
  if (helo.ack)
    out["ack"] = true;
  put(out, "token", helo.token);
  if (!helo.headers.empty())
    out["headers"] = helo.headers;
  put_link(out, helo);
  put(out, "session", helo.session);
  put(out, "identity", helo.identity);
  return to_text(out);
}

std::string encode_helo(const helo_reply& helo) {
  ordered_json out{{"version", helo.version}, {"serializer", name_of(helo.serializer)}};
  if (helo.deflate)
    out["compression"] = deflate_name;
  if (helo.ack)
    out["ack"] = true;
  put(out, "session", helo.session);
  out["max_payload"] = helo.max_payload;
  put_link(out, helo);
  return to_text(out);
}

std::string encode_cookie_reply(std::string_view cookie) { return to_text({{"cookie", std::string{cookie}}}); }

result<helo_request> decode_helo_request(std::string_view buffer) {
  reader fields{buffer};
  helo_request helo;
  fields.take_version(helo.version);
  if (const auto* found = fields.find("serializers", is_list_of_texts, "an array of strings"))
    for (const auto& name : *found)
      if (const auto known = serializer_named(name.get_ref<const std::string&>()))
        helo.serializers.push_back(*known);
  if (const auto* found = fields.find("compression", is_list_of_texts, "an array of strings"))
    helo.deflate = std::ranges::find(*found, deflate_name) != found->end();
  fields.take("ack", helo.ack);
  fields.take("token", helo.token);
  if (const auto* found = fields.find("headers", is_map_of_texts, "an object of strings"))
    helo.headers = found->get<text_map>();
  fields.take_link(helo);
  fields.take("session", helo.session);
  fields.take("identity", helo.identity);
  if (fields.failure())
    return *fields.failure();
  return helo;
}

result<helo_reply> decode_helo_reply(std::string_view buffer) {
  reader fields{buffer};
  helo_reply helo;
  fields.take_version(helo.version);
  std::string name{name_of(helo.serializer)};
  fields.take("serializer", name);
  if (const auto known = serializer_named(name))
    helo.serializer = *known;
  else
    fields.fail({errc::wrong_value, "\"serializer\" must be json, msgpack or protobuf, found " + excerpt(name)});
  std::string compression;
  fields.take("compression", compression);
  helo.deflate = compression == deflate_name;
  fields.take("ack", helo.ack);
  fields.take("session", helo.session);
  if (const auto* found = fields.find(
          "max_payload", [](const json& v) { return v.is_number_unsigned(); }, "a whole number"))
    helo.max_payload = std::min<std::size_t>(found->get<std::size_t>(), helo.max_payload);
  fields.take_link(helo);
  if (fields.failure())
    return *fields.failure();
  return helo;
}

serializer choose(const std::vector<serializer>& wanted, const std::vector<serializer>& known) noexcept {
  for (const auto each : wanted)
    if (std::ranges::find(known, each) != known.end())
      return each;
  return serializer::json;
}

}  // namespace ability::fly
