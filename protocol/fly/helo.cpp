#include "protocol/fly/helo.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "protocol/json/excerpt.hpp"
#include "protocol/json/object_reader.hpp"

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

// Why a document is no Helo at all.
std::optional<fault> fault_of(const json& document, std::string_view buffer) {
  if (document.is_discarded())
    return fault{errc::malformed_json, "a Helo is JSON, found " + excerpt(buffer)};
  if (!document.is_object())
    return fault{errc::wrong_type, "a Helo is an object, found " + excerpt(buffer)};
  return {};
}

// Keys common to both forms.
template <class Helo>
void take_link(object_reader& from, Helo& helo) {
  from.take("role", helo.role);
  from.take("node", helo.node);
  from.take("proof", helo.proof);
  from.take("nonce", helo.nonce);
  from.take("cookie", helo.cookie);
}

int version_of(object_reader& from) {
  const auto* found = from.optional(
      "version", [](const json& value) { return value.is_number_integer(); }, "a whole number");
  if (found != nullptr && *found != protocol_version)
    from.refuse(errc::wrong_value, "version", "1", excerpt(found->dump()));
  return protocol_version;
}

bool is_list_of_texts(const json& value) {
  return value.is_array() && std::ranges::all_of(value, [](const auto& each) { return each.is_string(); });
}

bool is_boolean(const json& value) { return value.is_boolean(); }

bool is_list_of_aliases(const json& value) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint16_t>::max();
  return value.is_array() && std::ranges::all_of(value, [](const auto& each) {
           return each.is_number_unsigned() && each.template get<std::uint64_t>() <= most;
         });
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
  if (helo.positions)
    out["positions"] = true;
  put(out, "resume", helo.resume);
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
  if (helo.positions)
    out["positions"] = true;
  put(out, "session", helo.session);
  if (helo.restored)
    out["restored"] = *helo.restored;
  if (helo.restored.value_or(false))
    out["restored_ids"] = helo.restored_ids;
  out["max_payload"] = helo.max_payload;
  put_link(out, helo);
  return to_text(out);
}

std::string encode_cookie_reply(std::string_view cookie) { return to_text({{"cookie", std::string{cookie}}}); }

result<helo_request> decode_helo_request(std::string_view buffer) {
  const auto document = json::parse(buffer, nullptr, false);
  if (auto wrong = fault_of(document, buffer))
    return *wrong;
  object_reader fields{document, ""};
  helo_request helo;
  helo.version = version_of(fields);
  if (const auto* found = fields.optional("serializers", is_list_of_texts, "an array of strings"))
    for (const auto& name : *found)
      if (const auto known = serializer_named(name.get_ref<const std::string&>()))
        helo.serializers.push_back(*known);
  if (const auto* found = fields.optional("compression", is_list_of_texts, "an array of strings"))
    helo.deflate = std::ranges::find(*found, deflate_name) != found->end();
  fields.take("ack", helo.ack);
  fields.take("positions", helo.positions);
  fields.take("resume", helo.resume);
  fields.take("token", helo.token);
  if (const auto* found = fields.optional("headers", is_map_of_texts, "an object of strings"))
    helo.headers = found->get<text_map>();
  take_link(fields, helo);
  fields.take("session", helo.session);
  fields.take("identity", helo.identity);
  if (fields.failed())
    return fields.failure();
  return helo;
}

result<helo_reply> decode_helo_reply(std::string_view buffer) {
  const auto document = json::parse(buffer, nullptr, false);
  if (auto wrong = fault_of(document, buffer))
    return *wrong;
  object_reader fields{document, ""};
  helo_reply helo;
  helo.version = version_of(fields);
  std::string name{name_of(helo.serializer)};
  fields.take("serializer", name);
  if (const auto known = serializer_named(name))
    helo.serializer = *known;
  else
    fields.refuse(errc::wrong_value, "serializer", "json, msgpack or protobuf", excerpt(name));
  std::string compression;
  fields.take("compression", compression);
  helo.deflate = compression == deflate_name;
  fields.take("ack", helo.ack);
  fields.take("positions", helo.positions);
  fields.take("session", helo.session);
  if (const auto* found = fields.optional("restored", is_boolean, "a boolean"))
    helo.restored = found->get<bool>();
  if (const auto* found = fields.optional("restored_ids", is_list_of_aliases, "an array of aliases"))
    helo.restored_ids = found->get<std::vector<std::uint16_t>>();
  if (const auto* found = fields.optional(
          "max_payload", [](const json& v) { return v.is_number_unsigned(); }, "a whole number"))
    helo.max_payload = std::min<std::size_t>(found->get<std::size_t>(), helo.max_payload);
  take_link(fields, helo);
  if (fields.failed())
    return fields.failure();
  return helo;
}

serializer choose(const std::vector<serializer>& wanted, const std::vector<serializer>& known) noexcept {
  for (const auto each : wanted)
    if (std::ranges::find(known, each) != known.end())
      return each;
  return serializer::json;
}

}  // namespace ability::fly
