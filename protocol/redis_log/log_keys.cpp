#include "protocol/redis_log/log_keys.hpp"

namespace ability {

namespace {

// The tag is what is between the first two braces, and begins with a letter: an empty one would be none.
std::string key_of(std::string_view prefix, std::string_view kind, std::string_view stream) {
  std::string key;
  key.reserve(prefix.size() + kind.size() + stream.size() + 5);
  key.append(prefix).append(":").append(kind).append("{s:").append(stream).append("}");
  return key;
}

}  // namespace

log_keys::log_keys(std::string_view prefix, std::string_view stream)
    : head{key_of(prefix, "head", stream)},
      log{key_of(prefix, "log", stream)},
      channel{key_of(prefix, "new", stream)} {}

// The length of the name makes clear where the id begins.
std::string log_id_key(std::string_view prefix, std::string_view stream, std::string_view id) {
  return key_of(prefix, "id:" + std::to_string(stream.size()) + ":", stream).append(id);
}

}  // namespace ability
