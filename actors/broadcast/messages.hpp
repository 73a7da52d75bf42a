/// The messages that a publication becomes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/broadcast/accepted_broadcast.hpp"
#include "actors/broadcast/publication_receipt.hpp"
#include "actors/local_message.hpp"

namespace ability {

/// Messages that were published together, in this order, to streams of one directory. They reach a stream together, so
/// that it can send them together.
struct broadcasts {
  using local_message = void;
  std::vector<broadcast_ptr> messages;
  bool for_all_nodes = false;  ///< only this node received them: forward them to interested nodes
  std::shared_ptr<publication_receipt> receipt = {};  ///< of their publication; null: nobody waits for positions
};

/// Disconnect every connection with this identity (a remote disconnect).
struct disconnect_identity {
  using local_message = void;
  std::string identity;
  bool reconnect;
};

}  // namespace ability
