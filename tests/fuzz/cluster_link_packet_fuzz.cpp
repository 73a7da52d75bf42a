#include <variant>

#include "protocol/cluster/link_packet.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

// Appends the known records of `bytes` to `again`, up to the first invalid one.
bool read(std::string_view bytes, std::string& again) {
  auto reader = link_packet_reader::open(bytes);
  if (!reader)
    return false;
  begin_packet(again, reader->number());
  while (!reader->done()) {
    const auto found = reader->next();
    if (!found) {
      hold(is_utf8(found.error().detail), "a detail can be shown");
      return false;
    }
    if (const auto* record = std::get_if<link_record>(&*found))
      std::visit([&again](const auto& each) { append_record(again, each); }, *record);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  std::string once;
  read(bytes, once);
  hold(once.size() <= bytes.size(), "records are no longer than what they were read from");
  if (once.empty())
    return 0;
  std::string twice;
  hold(read(once, twice) && once == twice, "records are what they were read from");
  return 0;
}
