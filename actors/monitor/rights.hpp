/// The rights of monitoring programs.
#pragma once

#include <string>

#include "actors/monitor/messages.hpp"
#include "config/settings/node_settings.hpp"
#include "protocol/monitor/questions.hpp"
#include "protocol/result.hpp"

namespace ability {

/// Returns the error if these rights do not allow this query, as JSON; else an empty text.
std::string refusal_of(const monitor_question& what, monitor_rights rights, const monitor_settings& settings);

/// Returns the error for a verb or arguments that were not understood, as JSON.
std::string refusal_of(const fault& why);

}  // namespace ability
