#include "protocol/app_rpc_json.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "protocol/json_text.hpp"

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

// Takes known keys out of an object; remembers the first that is not what it must be.
class reader {
public:
  explicit reader(json& object) : object_{object} {}

  void take(const char* key, std::string& into) {
    if (auto* found = find(key); found != nullptr && fits(found->is_string(), key, "a string"))
      into = std::move(found->get_ref<std::string&>());
  }

  void take(const char* key, bool& into) {
    if (auto* found = find(key); found != nullptr && fits(found->is_boolean(), key, "a boolean"))
      into = found->get<bool>();
  }

  void take(const char* key, std::vector<std::string>& into) {
    auto* found = find(key);
    if (found == nullptr || !fits(found->is_array(), key, "an array of strings"))
      return;
    for (auto& each : *found) {
      if (!fits(each.is_string(), key, "an array of strings"))
        return;
      into.push_back(std::move(each.get_ref<std::string&>()));
    }
  }

  void take(const char* key, text_map& into) {
    auto* found = find(key);
    if (found == nullptr || !fits(found->is_object(), key, "an object of strings"))
      return;
    for (auto& [name, text] : found->get_ref<json::object_t&>()) {
      if (!fits(text.is_string(), key, "an object of strings"))
        return;
      into.emplace(name, std::move(text.get_ref<std::string&>()));
    }
  }

  void take(rpc_status& into) {
    auto* found = find("status");
    if (found == nullptr)
      return;
    for (const auto& [number, name, status] : {std::tuple{0, "ERROR", rpc_status::error},
                                               {1, "SUCCESS", rpc_status::success},
                                               {2, "FAILURE", rpc_status::failure}}) {
      if (*found == number || *found == name) {
        into = status;
        return;
      }
    }
    fail({errc::wrong_value, "\"status\" must be 0, 1, 2, \"ERROR\", \"SUCCESS\" or \"FAILURE\", found " +
                                 (found->is_structured() ? found->type_name() : excerpt(to_text(*found)))});
  }

  json* find(const char* key) {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  bool fits(bool right, const char* key, const char* must_be) {
    if (!right)
      fail({errc::wrong_type, '"' + std::string{key} + "\" must be " + must_be});
    return right;
  }

  void fail(fault why) {
    if (!failure_)
      failure_ = std::move(why);
  }

  const std::optional<fault>& failure() const { return failure_; }

private:
  json& object_;
  std::optional<fault> failure_;
};

// What both directions begin with.
result<json> parse_body(std::string_view body, const char* what) {
  auto document = json::parse(body, nullptr, false);
  if (document.is_discarded())  // perhaps only because half a surrogate pair is in it
    document = json::parse(replace_half_pairs(body), nullptr, false);
  if (document.is_discarded())
    return fault{errc::malformed_json, "not JSON: " + excerpt(body)};
  if (!document.is_object())
    return fault{errc::wrong_type, std::string{what} + " must be an object, found " + excerpt(body)};
  return {boost::system::in_place_value, std::move(document)};
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
  auto document = parse_body(body, "a call");
  if (!document)
    return document.error();
  reader fields{*document};
  rpc_request request;
  request.method = method;
  fields.take("sid", request.sid);
  if (method == rpc_method::command) {
    fields.take("command", request.command);
    fields.take("identifier", request.identifier);
    fields.take("data", request.data);
  }
  if (method == rpc_method::disconnect) {
    fields.take("identifiers", request.identity);
    fields.take("subscriptions", request.subscriptions);
  } else {
    fields.take("connection_identifiers", request.identity);
  }
  if (auto* found = fields.find("env"); found != nullptr && fields.fits(found->is_object(), "env", "an object")) {
    reader env{*found};
    env.take("url", request.env.url);
    env.take("headers", request.env.headers);
    env.take("cstate", request.env.connection_state);
    env.take("istate", request.env.subscription_state);
    if (env.failure())
      fields.fail(*env.failure());
  }
  if (fields.failure())
    return *fields.failure();
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
  json env = json::object();
  put(env, "cstate", reply.connection_state);
  put(env, "istate", reply.subscription_state);
  if (!env.empty())
    body["env"] = std::move(env);
  return to_text(body);
}

std::string encode_text_map(const text_map& map) { return to_text(json(map)); }

result<rpc_reply> decode_rpc_reply(std::string_view body) {
  auto document = parse_body(body, "an answer");
  if (!document)
    return document.error();
  reader fields{*document};
  rpc_reply reply;
  fields.take(reply.status);
  fields.take("identifiers", reply.identity);
  fields.take("transmissions", reply.transmissions);
  fields.take("streams", reply.streams);
  fields.take("stopped_streams", reply.stopped_streams);
  fields.take("stop_streams", reply.stop_streams);
  fields.take("disconnect", reply.disconnect);
  fields.take("error_msg", reply.error_message);
  if (auto* found = fields.find("env"); found != nullptr && fields.fits(found->is_object(), "env", "an object")) {
    reader states{*found};
    states.take("cstate", reply.connection_state);
    states.take("istate", reply.subscription_state);
    if (states.failure())
      fields.fail(*states.failure());
  }
  if (fields.failure())
    return *fields.failure();
  return reply;
}

}  // namespace ability
