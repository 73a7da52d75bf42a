#include "protocol/redis_sessions/session_keys.hpp"

namespace ability {

namespace {

std::string key_of(std::string_view prefix, std::string_view kind) {
  return std::string{prefix}.append(":{sessions}:").append(kind);
}

}  // namespace

session_keys::session_keys(std::string_view prefix)
    : records{key_of(prefix, "records")},
      due{key_of(prefix, "due")},
      owed{key_of(prefix, "owed")},
      of{key_of(prefix, "of")},
      nodes{key_of(prefix, "nodes")},
      moved{key_of(prefix, "moved")},
      channels{key_of(prefix, "surrender:")} {}

}  // namespace ability
