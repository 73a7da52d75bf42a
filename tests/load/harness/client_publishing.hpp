/// What a virtual client that publishes has on its way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "tests/load/harness/publish_link.hpp"
#include "tests/load/harness/steps.hpp"

namespace ability::load {

/// A step that publishes, and what was not answered yet.
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

  const publish_step* step = nullptr;  ///< null: none is being done
  std::int64_t first_due_ns = 0;
  std::int64_t end_ns = 0;      ///< what is due from then on is not published
  std::uint64_t left = 0;       ///< publications that may still be handed in
  std::uint64_t handed_in = 0;  ///< batches of this step

  std::deque<taken_number> taken;  ///< of all unanswered batches, in order
  std::deque<batch> unanswered;

  std::unique_ptr<publish_link> link;
  publish_by by = publish_by::http;  ///< of `link`
  std::uint32_t link_number = 0;     ///< tells news of `link` from those of an earlier one
};

}  // namespace ability::load
