/// Conversion of text to ready frames.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/client_session.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

/// Returns `payload` as one text frame.
inline frames_ptr text_frame(std::string_view payload) {
  auto frame = std::make_shared<std::string>();
  append_text_frame(*frame, payload);
  return frame;
}

}  // namespace ability
