#include "protocol/redis/redis_cluster.hpp"

#include <string>

#include "tests/fuzz/fuzz.hpp"

using namespace ability;

/// Input: an error of a server of a Redis Cluster, or a key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  const auto slot = redis_slot_of(bytes);
  hold(slot < redis_slots, "a key has one of the slots");
  if (bytes.find_first_of("{}") == std::string_view::npos)
    hold(redis_slot_of("a{" + std::string{bytes} + "}b") == slot || bytes.empty(), "a tag has the slot of its text");
  if (const auto read = read_redirect(bytes, {"asked", 1})) {
    hold(read->slot < redis_slots, "a redirect names a slot");
    hold(!read->to || (!read->to->host.empty() && read->to->port != 0), "a redirect leads somewhere, or nowhere");
  }
  return 0;
}
