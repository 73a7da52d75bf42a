/// The gateway's side of the opening of a link to a backend.
/// Source: docs/protocols/flyrpc.md "Opening".
#pragma once

#include <string>

#include "protocol/fly/packet.hpp"

namespace ability {

/// Two Helos, each answered; the second one proves the secret. Bytes in and out, without a socket.
class gateway_handshake {
public:
  /// Work after an answer of the backend.
  struct step {
    bool is_open = false;     ///< the link is up
    std::string send = {};    ///< bytes of the next packet
    std::string failed = {};  ///< unless empty, the reason to give up, in words for the log
  };

  /// `secret` is shared with the backend; empty: none.
  explicit gateway_handshake(std::string secret);

  /// The first packet.
  std::string handshake_message() const;

  step receive(const fly::packet& what);

private:
  std::string secret_;
  std::string nonce_;
  bool proved_ = false;  // our proof is sent, the backend's answer awaited
};

}  // namespace ability
