#include "net/fly/peer/terms.hpp"

#include <utility>

#include "protocol/fly/compression.hpp"

namespace ability::fly {

bool inflate(const terms& by, packet& what, std::string& into) {
  if (!by.deflate || !what.has(rpc_option::compressed))
    return true;
  auto inflated = decompress(what.buffer);
  if (!inflated)
    return false;
  into = std::move(*inflated);
  what.buffer = into;
  return true;
}

}  // namespace ability::fly
