/// Errors in external bytes, and the result type that carries them.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <type_traits>

namespace ability {

/// Reasons to refuse bytes. `message()` of the error code is a sentence for their sender.
enum class errc {
  malformed_json = 1,  ///< not JSON, or nested too deep
  wrong_type,          ///< a known key has a value of the wrong type
  missing_key,         ///< a required key is absent
  empty_value,         ///< a key with a forbidden empty value
  unknown_command,     ///< a command unknown to the protocol
  too_large,           ///< over a limit of size or count
  invalid_utf8,        ///< text that is not UTF-8
  bad_signature,       ///< a signature or key does not match
  wrong_value,         ///< a known key has a value that is not allowed
  expired,             ///< the end of its validity has passed
  not_yet_valid,       ///< the start of its validity is in the future
};

/// The category of `errc`.
const boost::system::error_category& protocol_category() noexcept;

/// Makes `errc` usable as an error_code.
boost::system::error_code make_error_code(errc code) noexcept;

/// The reason and the place of refused bytes: `detail` names the key and its value, for an answer or a log line. It
/// never contains secrets and quotes at most 64 bytes of the input.
struct fault {
  errc code;
  std::string detail;
};

/// Called for access to the value of a failed result without a check, which is a defect; faults are reported by value.
[[noreturn]] void throw_exception_from_error(const fault& reason, const boost::source_location& where);

/// A value, or a fault.
template <class T>
using result = boost::system::result<T, fault>;

}  // namespace ability

template <>
struct boost::system::is_error_code_enum<ability::errc> : std::true_type {};
