#include "protocol/publication/publication_id.hpp"

#include <openssl/sha.h>

#include <string>

namespace ability {

publication_key key_of(std::string_view stream, std::string_view id) {
  static_assert(std::tuple_size_v<publication_key> == SHA256_DIGEST_LENGTH);
  auto text = std::to_string(stream.size());
  text.append(":").append(stream).append(id);
  publication_key key;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data());
  return key;
}

}  // namespace ability
