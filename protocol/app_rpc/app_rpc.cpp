#include "protocol/app_rpc/app_rpc.hpp"

namespace ability {

std::string_view name_of(rpc_method method) noexcept {
  switch (method) {
    case rpc_method::connect:
      return "connect";
    case rpc_method::command:
      return "command";
    case rpc_method::disconnect:
      break;
  }
  return "disconnect";
}

std::string_view name_of(rpc_status status) noexcept {
  switch (status) {
    case rpc_status::success:
      return "success";
    case rpc_status::failure:
      return "failure";
    case rpc_status::error:
      break;
  }
  return "error";
}

std::string_view name_of(rpc_failure why) noexcept {
  switch (why) {
    case rpc_failure::unavailable:
      return "unavailable";
    case rpc_failure::exhausted:
      return "exhausted";
    case rpc_failure::timed_out:
      return "timed_out";
    case rpc_failure::unauthorized:
      return "unauthorized";
    case rpc_failure::invalid:
      return "invalid";
    case rpc_failure::refused:
      return "refused";
    case rpc_failure::broken:
      break;
  }
  return "broken";
}

void merge_state(text_map& into, const text_map& changes) {
  for (const auto& [key, text] : changes) {
    if (text.empty())
      into.erase(key);
    else
      into.insert_or_assign(key, text);
  }
}

}  // namespace ability
