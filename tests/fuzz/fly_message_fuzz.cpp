#include <map>
#include <string>
#include <vector>

#include "protocol/fly/serialize.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;
using namespace ability::fly;

namespace {

template <class T>
void read(std::string_view bytes, serializer how) {
  const auto message = decode_message<T>(payload{bytes, false, how});
  if (!message)
    hold(is_utf8(message.error().text), "an error can be shown");
  else
    encode_message(how, *message);  // may refuse the message, but not throw
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  for (const auto how : {serializer::json, serializer::msgpack, serializer::protobuf}) {
    read<nlohmann::json>(bytes, how);
    read<std::map<std::string, std::vector<int>>>(bytes, how);
    read<std::string>(bytes, how);
  }
  return 0;
}
