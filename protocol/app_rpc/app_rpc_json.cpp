#include "protocol/app_rpc/app_rpc_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/json/json_visitor.hpp"

namespace ability {

namespace {

using nlohmann::json;

void put(json& place, const char* key, const std::string& text) {
  if (!text.empty())
    place[key] = text;
}

void put(json& place, const char* key, const text_map& map) {
  if (!map.empty())
    place[key] = map;
}

void put(json& place, const char* key, const std::vector<std::string>& list) {
  if (!list.empty())
    place[key] = list;
}

void put(json& place, const char* key, bool flag) {
  if (flag)
    place[key] = true;
}

std::string to_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

using text_list = std::vector<std::string>;

// Destination of the value of a known key.
struct place {
  std::string_view key;
  std::variant<std::string*, bool*, text_list*, text_map*, rpc_status*> into;
  std::optional<fault> failure = {};  // why the value is not of the required type
};

std::string_view must_be(const place& at) {
  static constexpr std::array<std::string_view, 4> kinds{"a string", "a boolean", "an array of strings",
                                                         "an object of strings"};
  return kinds.at(at.into.index());
}

std::string text_of(const json_value& string) {
  std::string text;
  append_unescaped(text, string.raw.substr(1, string.raw.size() - 2));
  return text;
}

bool is_number(const json_value& value, double wanted) {
  double number = 0;
  const auto* const end = value.raw.data() + value.raw.size();
  return value.kind == json_kind::number && std::from_chars(value.raw.data(), end, number).ec == std::errc{} &&
         number == wanted;
}

// An object within the body.
struct part {
  std::string_view key;
  std::vector<place> places;
  json_kind kind = json_kind::absent;
};

// Reads known keys of an object and of its parts in one pass. Stores nothing else.
class body_reader final : public json_visitor {
public:
  body_reader(std::vector<place> places, std::vector<part> parts)
      : places_{std::move(places)}, parts_{std::move(parts)} {}

  void on_value(std::size_t depth, std::string_view key, const json_value& value) override {
    if (depth == 0) {
      root_ = value.kind;
    } else if (root_ != json_kind::object) {
      return;
    } else if (depth == 1) {
      const auto found = std::ranges::find(parts_, key, &part::key);
      within_ = found == parts_.end() ? nullptr : &*found;
      if (within_ != nullptr)
        begin_part(*within_, value);
      else
        begin(find(places_, key), value);
    } else if (within_ != nullptr && depth == 2) {
      begin(within_->kind == json_kind::object ? find(within_->places, key) : nullptr, value);
    } else if (depth == (within_ != nullptr ? 3 : 2)) {
      take_element(key, value);
    }
  }

  json_kind root() const noexcept { return root_; }

  // The first failure, in the order of the places.
  std::optional<fault> failure() const {
    for (const auto& each : places_)
      if (each.failure)
        return each.failure;
    for (const auto& of : parts_)
      for (const auto& each : of.places)
        if (each.failure)
          return each.failure;
    for (const auto& of : parts_)
      if (of.kind != json_kind::absent && of.kind != json_kind::null && of.kind != json_kind::object)
        return fault{errc::wrong_type, '"' + std::string{of.key} + "\" must be an object"};
    return {};
  }

private:
  static place* find(std::vector<place>& among, std::string_view key) {
    const auto found = std::ranges::find(among, key, &place::key);
    return found == among.end() ? nullptr : &*found;
  }

  void begin_part(part& of, const json_value& value) {
    of.kind = value.kind;
    open_ = nullptr;
    for (auto& each : of.places)
      forget(each);
  }

  // The last of equal keys counts; clears the values of an earlier one.
  static void forget(place& at) {
    at.failure.reset();
    std::visit([](auto* into) { *into = std::remove_pointer_t<decltype(into)>{}; }, at.into);
  }

  void begin(place* at, const json_value& value) {
    open_ = nullptr;
    if (at == nullptr)
      return;
    forget(*at);
    if (value.kind == json_kind::null)
      return;
    if (auto** const status = std::get_if<rpc_status*>(&at->into)) {
      take_status(*at, **status, value);
    } else if (auto** const text = std::get_if<std::string*>(&at->into)) {
      if (fits(value.kind == json_kind::string, *at))
        **text = text_of(value);
    } else if (auto** const flag = std::get_if<bool*>(&at->into)) {
      if (fits(value.kind == json_kind::boolean, *at))
        **flag = value.flag;
    } else {
      const auto wanted = std::holds_alternative<text_map*>(at->into) ? json_kind::object : json_kind::array;
      open_ = fits(value.kind == wanted, *at) ? at : nullptr;
    }
  }

  void take_element(std::string_view key, const json_value& value) {
    if (open_ == nullptr)
      return;
    if (!fits(value.kind == json_kind::string, *open_))
      open_ = nullptr;
    else if (auto** const map = std::get_if<text_map*>(&open_->into))
      (*map)->insert_or_assign(std::string{key}, text_of(value));
    else
      std::get<text_list*>(open_->into)->push_back(text_of(value));
  }

  static void take_status(place& at, rpc_status& into, const json_value& value) {
    for (const auto& [number, name, status] : {std::tuple{0, "ERROR", rpc_status::error},
                                               {1, "SUCCESS", rpc_status::success},
                                               {2, "FAILURE", rpc_status::failure}}) {
      if (is_number(value, number) || (value.kind == json_kind::string && text_of(value) == name)) {
        into = status;
        return;
      }
    }
    const bool is_nested = value.kind == json_kind::array || value.kind == json_kind::object;
    at.failure = fault{errc::wrong_value, R"("status" must be 0, 1, 2, "ERROR", "SUCCESS" or "FAILURE", found )" +
                                              (is_nested ? std::string{describe(value.kind)} : excerpt(value.raw))};
  }

  static bool fits(bool right, place& at) {
    if (!right)
      at.failure = fault{errc::wrong_type, '"' + std::string{at.key} + "\" must be " + std::string{must_be(at)}};
    return right;
  }

  std::vector<place> places_;
  std::vector<part> parts_;
  place* open_ = nullptr;   // receives the elements of the current array or object
  part* within_ = nullptr;  // the current part; null: none
  json_kind root_ = json_kind::absent;
};

// Common to both directions.
result<void> read_body(std::string_view body, std::string_view what, body_reader reader) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (!visit_json(body.substr(body.starts_with(byte_order_mark) ? byte_order_mark.size() : 0), reader,
                  json_nesting::any))
    return fault{errc::malformed_json, "not JSON: " + excerpt(body)};
  if (reader.root() != json_kind::object)
    return fault{errc::wrong_type, std::string{what} + " must be an object, found " + excerpt(body)};
  if (auto failure = reader.failure())
    return *failure;
  return {};
}

}  // namespace

std::string encode_rpc_request(const rpc_request& request, bool with_sid) {
  json env = json::object();
  put(env, "url", request.env.url);
  put(env, "headers", request.env.headers);
  put(env, "cstate", request.env.connection_state);
  put(env, "istate", request.env.subscription_state);
  json body{{"env", std::move(env)}};
  if (with_sid)
    put(body, "sid", request.sid);
  put(body, "command", request.command);
  put(body, "identifier", request.identifier);
  put(body, request.method == rpc_method::disconnect ? "identifiers" : "connection_identifiers", request.identity);
  put(body, "data", request.data);
  put(body, "subscriptions", request.subscriptions);
  return to_text(body);
}

result<rpc_request> decode_rpc_request(rpc_method method, std::string_view body) {
  rpc_request request;
  request.method = method;
  std::vector<place> places{{"sid", &request.sid}};
  if (method == rpc_method::command)
    places.insert(places.end(),
                  {{"command", &request.command}, {"identifier", &request.identifier}, {"data", &request.data}});
  if (method == rpc_method::disconnect)
    places.insert(places.end(), {{"identifiers", &request.identity}, {"subscriptions", &request.subscriptions}});
  else
    places.push_back({"connection_identifiers", &request.identity});
  auto read = read_body(body, "a call",
                        {std::move(places),
                         {{"env",
                           {{"url", &request.env.url},
                            {"headers", &request.env.headers},
                            {"cstate", &request.env.connection_state},
                            {"istate", &request.env.subscription_state}}}}});
  if (!read)
    return read.error();
  return request;
}

std::string encode_rpc_reply(const rpc_reply& reply) {
  json body{{"status", static_cast<int>(reply.status)}};
  put(body, "identifiers", reply.identity);
  put(body, "transmissions", reply.transmissions);
  put(body, "streams", reply.streams);
  put(body, "stopped_streams", reply.stopped_streams);
  put(body, "stop_streams", reply.stop_streams);
  put(body, "disconnect", reply.disconnect);
  put(body, "error_msg", reply.error_message);
  json presence = json::object();
  put(presence, "type", reply.presence.type);
  put(presence, "id", reply.presence.id);
  put(presence, "info", reply.presence.info);
  if (!presence.empty())
    body["presence"] = std::move(presence);
  json env = json::object();
  put(env, "cstate", reply.connection_state);
  put(env, "istate", reply.subscription_state);
  if (!env.empty())
    body["env"] = std::move(env);
  return to_text(body);
}

std::string encode_text_map(const text_map& map) { return to_text(json(map)); }

result<rpc_reply> decode_rpc_reply(std::string_view body) {
  rpc_reply reply;
  const auto read = read_body(
      body, "an answer",
      {{{"status", &reply.status},
        {"identifiers", &reply.identity},
        {"transmissions", &reply.transmissions},
        {"streams", &reply.streams},
        {"stopped_streams", &reply.stopped_streams},
        {"stop_streams", &reply.stop_streams},
        {"disconnect", &reply.disconnect},
        {"error_msg", &reply.error_message}},
       {{"env", {{"cstate", &reply.connection_state}, {"istate", &reply.subscription_state}}},
        {"presence", {{"type", &reply.presence.type}, {"id", &reply.presence.id}, {"info", &reply.presence.info}}}}});
  if (!read)
    return read.error();
  return reply;
}

}  // namespace ability
