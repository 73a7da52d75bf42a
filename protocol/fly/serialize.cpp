#include "protocol/fly/serialize.hpp"

#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

namespace ability::fly {

namespace {

using nlohmann::json;

constexpr std::size_t max_depth = 64;

// Bound for nlohmann's MessagePack reader, and for copying and writing a value: they recurse once per level, and 65,535
// levels overflow the stack.
class bounded_reader : public nlohmann::detail::json_sax_dom_parser<json> {
public:
  explicit bounded_reader(json& into) : json_sax_dom_parser{into, false} {}

  bool start_object(std::size_t size) { return enter() && json_sax_dom_parser::start_object(size); }
  bool start_array(std::size_t size) { return enter() && json_sax_dom_parser::start_array(size); }
  bool end_object() { return leave() && json_sax_dom_parser::end_object(); }
  bool end_array() { return leave() && json_sax_dom_parser::end_array(); }

private:
  bool enter() { return ++depth_ <= max_depth; }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
};

remote_error no_protobuf() {
  return remote_error{error_code::not_protobuf, "the connection speaks protobuf, and the message is none"};
}

}  // namespace

outcome<json> read_json(const payload& buffer) {
  if (buffer.is_raw)
    return remote_error{error_code::bad_payload, "raw bytes, where a message is wanted"};
  if (buffer.how == serializer::protobuf)
    return no_protobuf();
  const bool packed = buffer.how == serializer::msgpack;
  json value;
  bounded_reader reader{value};
  const auto format = packed ? json::input_format_t::msgpack : json::input_format_t::json;
  const auto parses = [&] {
    try {
      return json::sax_parse(buffer.bytes, &reader, format);
    } catch (const json::exception&) {
      return false;  // sizes too large to allocate
    }
  };
  if (parses())
    return value;
  return remote_error{error_code::bad_payload, packed ? "not MessagePack" : "not JSON: " + excerpt(buffer.bytes)};
}

outcome<encoded> write_json(serializer how, const json& value) {
  if (how == serializer::protobuf)
    return no_protobuf();
  encoded out;
  if (how == serializer::msgpack) {
    json::to_msgpack(value, out.bytes);
    return out;
  }
  try {
    out.bytes = value.dump();
    return out;
  } catch (const json::exception& why) {
    return unreadable(why);
  }
}

remote_error unreadable(const std::exception& why) { return remote_error{error_code::bad_payload, why.what()}; }

}  // namespace ability::fly
