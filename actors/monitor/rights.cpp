#include "actors/monitor/rights.hpp"

#include <variant>

#include "protocol/monitor/answers.hpp"

namespace ability {

std::string refusal_of(const monitor_question& what, monitor_rights rights, const monitor_settings& settings) {
  if (std::holds_alternative<verb::login>(what))
    return {};
  if (is_command(what) && settings.command_secret.empty())
    return encode_failure(monitor_error::not_allowed,
                          "commands need a secret: start abilityd with --secret or --cluster-secret");
  if (is_command(what) && !rights.may_command)
    return encode_failure(monitor_error::login_required, "commands need a login with the cluster secret");
  if (!is_command(what) && !rights.may_read)
    return encode_failure(monitor_error::login_required,
                          "log in first, with the monitor secret or the cluster secret of this node");
  return {};
}

std::string refusal_of(const fault& why) {
  return encode_failure(why.code == errc::unknown_command ? monitor_error::unknown_verb : monitor_error::bad_arguments,
                        why.detail);
}

}  // namespace ability
