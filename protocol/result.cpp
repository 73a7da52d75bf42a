#include "protocol/result.hpp"

#include <boost/throw_exception.hpp>

namespace ability {
namespace {

const char* sentence(errc code) noexcept {
  switch (code) {
    case errc::malformed_json:
      return "This is not well-formed JSON.";
    case errc::wrong_type:
      return "A value is of the wrong type.";
    case errc::missing_key:
      return "A required key is missing.";
    case errc::empty_value:
      return "A value must not be empty.";
    case errc::unknown_command:
      return "There is no such command.";
    case errc::too_large:
      return "This is over a limit.";
    case errc::invalid_utf8:
      return "This text is not UTF-8.";
    case errc::bad_signature:
      return "The signature or key does not match.";
    case errc::wrong_value:
      return "A value is not allowed here.";
    case errc::expired:
      return "This has expired.";
    case errc::not_yet_valid:
      return "This is not valid yet.";
  }
  return "Unknown error.";
}

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): never deleted; the base has its destructor protected
class category final : public boost::system::error_category {
public:
  const char* name() const noexcept override { return "ability.protocol"; }
  std::string message(int value) const override { return sentence(static_cast<errc>(value)); }
};

}  // namespace

const boost::system::error_category& protocol_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), protocol_category()}; }

void throw_exception_from_error(const fault& reason, const boost::source_location& where) {
  boost::throw_with_location(boost::system::system_error(make_error_code(reason.code), reason.detail), where);
}

}  // namespace ability
