#include "apps/load/links/redis_publish_link.hpp"

#include <utility>

#include "apps/load/links/http_publish_link.hpp"
#include "protocol/redis/redis_value.hpp"
#include "protocol/redis/redis_words.hpp"

namespace ability::load {

namespace {

constexpr std::size_t max_reply = 65'536;

}  // namespace

redis_publish_link::redis_publish_link(lane_parts& parts, const route& how, publish_callback told)
    : pipelined_publish_link{parts, how, std::move(told)}, where_{*how.to} {}

redis_publish_link::request redis_publish_link::encode(const std::vector<load_message>& batch) {
  request out{{}, batch.size()};
  for (const auto& each : batch) {
    std::string text;
    append_publications(text, {each});
    out.bytes += redis_command({"PUBLISH", parts().where->given.redis_channel, text});
  }
  return out;
}

redis_publish_link::request redis_publish_link::hello() {
  replies_.emplace();
  reply_bytes_ = 0;
  request out;
  const auto add = [&out](std::initializer_list<std::string_view> words) {
    out.bytes += redis_command(words);
    ++out.answers;
  };
  if (!where_.user.empty())
    add({"AUTH", where_.user, where_.password});
  else if (!where_.password.empty())
    add({"AUTH", where_.password});
  if (const auto database = where_.path.substr(1); !database.empty())
    add({"SELECT", database});
  return out;
}

std::string redis_publish_link::read(std::string_view bytes) {
  replies_->feed(bytes);
  reply_bytes_ += bytes.size();
  while (const auto reply = replies_->next()) {
    reply_bytes_ = 0;
    std::string refused;
    if (reply->is_error())
      refused = "redis: " + short_reason(to_utf8(reply->text));
    else if (!reply->is_number() && reply->what != redis_value::kind::status)
      return "not a Redis answer";
    if (!answered(std::move(refused)))
      return {};
  }
  return replies_->error().empty() && reply_bytes_ <= max_reply ? std::string{} : "not a Redis answer";
}

}  // namespace ability::load
