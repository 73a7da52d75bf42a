#include "protocol/redis_log/log_keys.hpp"

namespace ability {

// The tag is what is between the first two braces, and begins with a letter: an empty one would be none.
std::string stream_key(std::string_view prefix, std::string_view kind, std::string_view stream) {
  std::string key;
  key.reserve(prefix.size() + kind.size() + stream.size() + 5);
  key.append(prefix).append(":").append(kind).append("{s:").append(stream).append("}");
  return key;
}

std::string stream_channel(std::string_view prefix, std::string_view stream, int database) {
  return stream_key(prefix, database == 0 ? "new" : "new:" + std::to_string(database), stream);
}

log_keys::log_keys(std::string_view prefix, std::string_view stream, int database)
    : head{stream_key(prefix, "head", stream)},
      log{stream_key(prefix, "log", stream)},
      channel{stream_channel(prefix, stream, database)},
      due{stream_key(prefix, "due", stream)} {}

// The length of the name makes clear where the id begins.
std::string log_id_key(std::string_view prefix, std::string_view stream, std::string_view id) {
  return stream_key(prefix, "id:" + std::to_string(stream.size()) + ":", stream).append(id);
}

}  // namespace ability
