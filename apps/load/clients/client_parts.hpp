/// Parts of a virtual client.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "apps/load/clients/follow_record.hpp"
#include "apps/load/links/publish_link.hpp"
#include "apps/load/scenario/steps.hpp"

namespace ability::load {

/// The event that a client's step waits for.
enum class awaited : std::uint8_t {
  nothing,
  connection,
  link,  ///< a reconnect that the step needs
  confirmations,
  answers,
  messages,
  time,
  end_of_pause,
  others
};

/// State of a client's connection.
enum class link_state : std::uint8_t { none, queued, connecting, open, backing_off };

/// A subscription; its number is its position among all of the client, from 1.
struct followed {
  enum class state : std::uint8_t { asked, following, rejected };
  std::uint32_t stream;
  state is;
  std::int64_t asked_ns;
  const std::string* channel;
  follow_record record;
  std::string position;  ///< of the last message that came; empty: unknown
};

/// Position in a list of steps.
struct step_place {
  const std::vector<step>* steps;
  std::size_t next = 0;
  std::size_t rounds_left = 0;  ///< after the current one
  std::int64_t until_ns = 0;    ///< new rounds begin until then; 0: `rounds_left` decides
};

/// State of a publish step, and its unanswered batches.
struct client_publishing {
  struct taken_number {
    std::uint32_t stream;
    std::uint64_t number;
  };
  struct batch {
    std::int64_t due_ns;
    std::int64_t sent_ns;
    std::size_t count;
  };

  const publish_step* step = nullptr;  ///< null: no such step
  std::int64_t first_due_ns = 0;
  std::int64_t end_ns = 0;      ///< later publications are omitted
  std::uint64_t left = 0;       ///< publications that may still be sent
  std::uint64_t handed_in = 0;  ///< batches of this step

  std::uint32_t silences = 0;  ///< consecutive time-outs of the target

  std::deque<taken_number> taken;  ///< numbers of all unanswered batches, in order
  std::deque<batch> unanswered;

  std::unique_ptr<publish_link> link;
  publish_by by = publish_by::http;  ///< kind of `link`
  std::uint32_t link_number = 0;     ///< distinguishes news of `link` from those of an earlier one
};

}  // namespace ability::load
