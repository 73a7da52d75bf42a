#include "protocol/redis/redis_answers.hpp"

namespace ability {

namespace {

constexpr std::size_t longest_detail = 200;

}  // namespace

redis_error error_of(const redis_value& answer) {
  if (!answer.is_error())
    return {redis_failure::malformed, "the answer is not one of the script"};
  return {redis_failure_of(answer.text), answer.text.substr(0, longest_detail)};
}

}  // namespace ability
