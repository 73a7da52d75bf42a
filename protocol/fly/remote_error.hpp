/// Errors of FlyRPC calls.
/// Source: docs/protocols/flyrpc.md "RPC".
#pragma once

#include <boost/system/result.hpp>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ability::fly {

/// Error codes. Those below 10000 arise locally, the others come from the peer.
enum class error_code : std::uint32_t {
  timeout = 1'000,      ///< no reply in time
  closed = 1'001,       ///< the connection is gone
  cancelled = 1'002,    ///< by the caller
  would_block = 1'003,  ///< a waiting form on the event loop's own thread, which would wait for itself
  not_found = 10'000,   ///< no handler for the command
  unknown_subtype = 10'001,
  unauthorized = 10'401,   ///< before the Helo identified the client
  forbidden = 10'403,      ///< for the identity of the Helo
  too_many = 10'429,       ///< rate or credit exceeded
  too_long = 11'000,       ///< over 65,535 bytes
  handler_error = 20'000,  ///< the handler failed without a code of its own
  closing = 21'001,        ///< the peer is going away
  handler_panic = 22'000,  ///< the handler threw
  bad_payload = 25'000,    ///< the buffer cannot be read as the expected type
  not_protobuf = 25'010,
};

/// A failed call, as transmitted: a code, possibly none of `error_code`, and a text, possibly empty.
struct remote_error {
  std::uint32_t code = static_cast<std::uint32_t>(error_code::handler_error);
  std::string text = {};

  remote_error() = default;
  /// Only from an `error_code`: not from a type that converts to one, such as a JSON value.
  template <std::same_as<error_code> Code>
  explicit remote_error(Code what, std::string why = {})
      : code{static_cast<std::uint32_t>(what)}, text{std::move(why)} {}
  bool is(error_code what) const noexcept { return code == static_cast<std::uint32_t>(what); }
};

/// A value, or the error of a failed call. `value()` of an error throws std::runtime_error.
template <class T>
using outcome = boost::system::result<T, remote_error>;

/// Called by `value()` of a failed outcome.
[[noreturn]] void throw_exception_from_error(const remote_error& error, const boost::source_location& where);

/// Encodes an error's buffer: the code in four bytes, big-endian, then the text, cut to a packet's maximum.
std::string encode_error(const remote_error& error);

/// Reads an error's buffer; never refuses one. With less than four bytes it is a `handler_error`; text that is not
/// UTF-8 is omitted.
remote_error decode_error(std::string_view buffer);

/// `not_found`, ...; `error 12345` for a code without a name.
std::string name_of(std::uint32_t code);

/// `not_found: no such room`, for logs.
std::string to_string(const remote_error& error);

}  // namespace ability::fly
