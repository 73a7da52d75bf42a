#include "net/http/readiness.hpp"

namespace ability {

namespace http = boost::beast::http;

namespace {

std::string_view state_of(const shared_limits& shared, const node& here) noexcept {
  if (shared.stopping.load(std::memory_order_relaxed))
    return "stopping";
  if (shared.draining.load(std::memory_order_relaxed))
    return "draining";
  if (shared.leaving.load(std::memory_order_relaxed))
    return "leaving";
  if (here.refused_for.load(std::memory_order_relaxed) != refusal_cause::none)
    return "refused";
  return shared.serving.load(std::memory_order_relaxed) ? "running" : "starting";
}

void append_names(std::string& to, std::string_view key, const std::vector<std::string_view>& names) {
  to.append(",\"").append(key).append("\":[");
  for (std::size_t i = 0; i < names.size(); ++i)
    to.append(i == 0 ? "\"" : ",\"").append(names[i]).append("\"");
  to += ']';
}

}  // namespace

readiness measure_readiness(const lane_context& where) {
  const auto& here = where.home.here;
  readiness now{.state = state_of(where.shared, here)};
  if (const auto cause = here.refused_for.load(std::memory_order_relaxed); cause != refusal_cause::none)
    now.cause = name_of(cause);
  const auto& required = where.settings.ready_requires;
  const auto note = [&](std::string_view name, bool is_away, bool is_required) {
    if (is_away)
      now.degraded.push_back(name);
    if (is_away && is_required)
      now.missing.push_back(name);
  };
  note("redis", here.redis.load(std::memory_order_relaxed) == redis_state::lost, required.redis);
  note("redisx", here.redis_stream.load(std::memory_order_relaxed) == redis_state::lost, required.redis);
  note("app", here.app_server && !here.app_counters.reach.is_up(), required.app);
  return now;
}

std::string to_json(const readiness& now) {
  std::string text{now.ready() ? R"({"ready":true,"state":")" : R"({"ready":false,"state":")"};
  text.append(now.state).append("\"");
  if (!now.cause.empty())
    text.append(R"(,"cause":")").append(now.cause).append("\"");
  append_names(text, "degraded", now.degraded);
  append_names(text, "missing", now.missing);
  return text + "}\n";
}

http_response health_answer(const lane_context& where, bool keep_alive) {
  const auto now = measure_readiness(where);
  return now.serves() ? plain_answer(http::status::ok, "ok\n", keep_alive)
                      : come_back_later(std::string{now.state} + '\n', keep_alive);
}

http_response ready_answer(const lane_context& where, bool keep_alive) {
  const auto now = measure_readiness(where);
  return as_json(now.ready() ? plain_answer(http::status::ok, to_json(now), keep_alive)
                             : come_back_later(to_json(now), keep_alive));
}

}  // namespace ability
