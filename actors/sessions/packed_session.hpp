/// A session as bytes, for nodes that share sessions.
#pragma once

#include <string>
#include <string_view>

#include "actors/sessions/session_record.hpp"

namespace ability {

/// Packs all but the times, and of a membership the id and the info.
std::string pack_session(const session_record& record);

/// Null: `bytes` are no packed session, or were changed.
session_ptr unpack_session(std::string_view bytes);

/// A credential as one text, different for all.
std::string text_of(const session_credential& credential);

}  // namespace ability
