/// What a FlyRPC call fails with.
/// Source: docs/protocols/flyrpc.md "RPC".
#pragma once

#include <boost/system/result.hpp>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ability::fly {

/// Codes of failures. Below 10000 they arise here, the others come from the peer.
enum class error_code : std::uint32_t {
  timeout = 1'000,      ///< no reply in time
  closed = 1'001,       ///< the connection is gone
  cancelled = 1'002,    ///< whoever called wants no reply any more
  would_block = 1'003,  ///< called so that it would wait for itself: a waiting form on the event loop's own thread
  not_found = 10'000,   ///< nobody handles the command
  unknown_subtype = 10'001,
  unauthorized = 10'401,   ///< before the Helo told who calls
  forbidden = 10'403,      ///< not for who the Helo told
  too_many = 10'429,       ///< rate or credit exceeded
  too_long = 11'000,       ///< over 65,535 bytes
  handler_error = 20'000,  ///< the handler failed without a code of its own
  closing = 21'001,        ///< the peer is going away
  handler_panic = 22'000,  ///< the handler threw
  bad_payload = 25'000,    ///< the buffer cannot be read as what it must be
  not_protobuf = 25'010,
};

/// A failed call, as it travels: a code, which may be none of `error_code`, and a text that may be empty.
struct remote_error {
  std::uint32_t code = static_cast<std::uint32_t>(error_code::handler_error);
  std::string text = {};

  remote_error() = default;
  /// From an `error_code` and nothing that converts to one, as JSON values do.
  template <std::same_as<error_code> Code>
  explicit remote_error(Code what, std::string why = {})
      : code{static_cast<std::uint32_t>(what)}, text{std::move(why)} {}
  bool is(error_code what) const noexcept { return code == static_cast<std::uint32_t>(what); }
};

/// A value, or what the call failed with. To take the value out of a failed one by `value()` throws std::runtime_error.
template <class T>
using outcome = boost::system::result<T, remote_error>;

/// What `value()` of a failed one calls.
[[noreturn]] void throw_exception_from_error(const remote_error& error, const boost::source_location& where);

/// The buffer of an error: the code in four bytes, big-endian, then the text, cut to what a packet holds.
std::string encode_error(const remote_error& error);

/// Reads the buffer of an error. With less than four bytes, or text that is not UTF-8, it is a `handler_error` or one
/// without text: an error is never refused.
remote_error decode_error(std::string_view buffer);

/// `not_found`, ...; `error 12345` for a code that has no name.
std::string name_of(std::uint32_t code);

/// `not_found: no such room`, for logs.
std::string to_string(const remote_error& error);

}  // namespace ability::fly
