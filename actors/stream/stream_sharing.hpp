/// A stream's knowledge of a log that it shares with other nodes.
#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

#include "actors/stream/history/followed_log.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

struct stream_sharing {
  static constexpr std::chrono::milliseconds check_interval{25'000};  ///< between two looks at the position
  static constexpr std::chrono::milliseconds check_soon{100};         ///< for an answer that has overtaken others
  static constexpr std::chrono::milliseconds check_again{1'000};      ///< after a failure
  static constexpr std::chrono::milliseconds patience{3'000};         ///< of requests that wait for the log

  struct waiting_subscribe {
    subscribe request;
    caf::typed_response_promise<subscribed> promise;
  };
  struct waiting_hold {
    hold_for_history request;
    caf::typed_response_promise<history_held> promise;
  };

  bool keeps_log = true;     ///< false: it is followed for the events of presence alone
  bool is_followed = false;  ///< it has been, at least once
  followed_log order;
  bool is_reading = false;
  bool reads_again = false;         ///< once the reading that is under way has ended
  bool is_cut = false;              ///< the copy has lost publications that the log may have
  bool waits_in_vain = false;       ///< the log could not be read in time, and requests do not wait for it
  std::uint64_t began_in_vain = 0;  ///< offset behind which those are sent all that did not wait; 0: there were none
  bool patience_pending = false;
  std::uint64_t check_number = 0;
  std::vector<waiting_subscribe> subscribes = {};  ///< in order; bounded by the connections of the node
  std::vector<waiting_hold> holds = {};
};

}  // namespace ability
