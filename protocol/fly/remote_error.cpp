#include "protocol/fly/remote_error.hpp"

#include <stdexcept>

#include "protocol/fly/packet.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace {

constexpr std::size_t code_size = 4;

}  // namespace

void throw_exception_from_error(const remote_error& error, const boost::source_location& where) {
  boost::throw_with_location(std::runtime_error{to_string(error)}, where);
}

std::string to_string(const remote_error& error) {
  const auto name = name_of(error.code);
  return name + (error.text.empty() || error.text == name ? "" : ": " + error.text);
}

std::string encode_error(const remote_error& error) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(error.code >> shift);
  out += utf8_prefix(error.text, max_buffer - code_size);
  return out;
}

remote_error decode_error(std::string_view buffer) {
  remote_error error;
  if (buffer.size() < code_size)
    return error;
  error.code = 0;
  for (std::size_t i = 0; i < code_size; ++i)
    error.code = error.code << 8 | static_cast<std::uint8_t>(buffer[i]);
  if (const auto text = buffer.substr(code_size); is_utf8(text))
    error.text = text;
  return error;
}

std::string name_of(std::uint32_t code) {
  switch (static_cast<error_code>(code)) {
    case error_code::timeout:
      return "timeout";
    case error_code::closed:
      return "closed";
    case error_code::cancelled:
      return "cancelled";
    case error_code::would_block:
      return "would_block";
    case error_code::not_found:
      return "not_found";
    case error_code::unknown_subtype:
      return "unknown_subtype";
    case error_code::unauthorized:
      return "unauthorized";
    case error_code::forbidden:
      return "forbidden";
    case error_code::too_many:
      return "too_many";
    case error_code::too_long:
      return "too_long";
    case error_code::handler_error:
      return "handler_error";
    case error_code::closing:
      return "closing";
    case error_code::handler_panic:
      return "handler_panic";
    case error_code::bad_payload:
      return "bad_payload";
    case error_code::not_protobuf:
      return "not_protobuf";
  }
  return "error " + std::to_string(code);
}

}  // namespace ability::fly
