/// What can be wrong with bytes from outside, and the result type that carries it.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <type_traits>

namespace ability {

/// Why bytes were refused. `message()` of the error code is a sentence that can be shown to whoever sent them.
enum class errc {
  malformed_json = 1,  ///< not JSON, or nested too deep
  wrong_type,          ///< a known key holds a value of another type than it must
  missing_key,         ///< a required key is absent
  empty_value,         ///< a key that must not be empty is
  unknown_command,     ///< the command is none that this protocol has
  too_large,           ///< over a limit of size or count
  invalid_utf8,        ///< text that is not UTF-8
  bad_signature,       ///< a signature or key does not match
  wrong_value,         ///< a known key holds a value that is not allowed there
  expired,             ///< it was valid until a time that has come
  not_yet_valid,       ///< it will be valid from a time that is to come
};

/// The category of `errc`.
const boost::system::error_category& protocol_category() noexcept;

/// Makes `errc` usable wherever an error_code is.
boost::system::error_code make_error_code(errc code) noexcept;

/// Why bytes were refused, and where: `detail` names the key and what was found, fit for an answer or a log line.
/// It never holds secrets and quotes at most 64 bytes of the input.
struct fault {
  errc code;
  std::string detail;
};

/// A `fault` in place of a value is reported by value; this is only reached by code that reads a value it did not
/// check, which is a defect.
[[noreturn]] void throw_exception_from_error(const fault& reason, const boost::source_location& where);

/// A value, or why there is none.
template <class T>
using result = boost::system::result<T, fault>;

}  // namespace ability

template <>
struct boost::system::is_error_code_enum<ability::errc> : std::true_type {};
