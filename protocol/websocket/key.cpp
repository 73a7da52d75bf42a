#include "protocol/websocket/key.hpp"

namespace ability {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

bool is_handshake_key(std::string_view key) noexcept {
  return key.size() == 24 && key.ends_with("==") && key.find_first_not_of(base64_digits) == 22;
}

}  // namespace ability
