/// Messages between the director and the processes of a run.
#pragma once

#include <boost/system/result.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// Order of the director to the conductor of a part.
struct part_order {
  enum class kind : std::uint8_t {
    begin,      ///< at `at_ns` of the monotonic clock
    open_meet,  ///< `meet`
    halt,       ///< no further steps; `why`, and whether clients fail by it
    wind_down,  ///< publications have ended; report when all expected messages have arrived
    dismiss     ///< the run is over; report the remaining counts
  };
  kind what = kind::begin;
  std::size_t meet = 0;
  std::int64_t at_ns = 0;
  bool is_failure = false;
  std::string why = {};
};

/// News of a part's conductor for the director.
struct part_news {
  enum class kind : std::uint8_t {
    meet_ready,  ///< all clients of this part that may still come to `meet` are there
    meet_gone,   ///< no client of this part will come to `meet` any more
    finished,    ///< no client of this part does a further step
    settled,     ///< all expected messages of its clients have arrived
    counted,     ///< `report` has the counts of one second
    ended        ///< `report` has the remaining counts, and the outcomes of the clients
  };
  kind what = kind::finished;
  std::size_t meet = 0;
  run_report report = {};
};

/// One line without a newline.
std::string to_wire(const part_order& order);
std::string to_wire(const part_news& news);

/// Parse the output of `to_wire`. Error: the fault of the line.
boost::system::result<part_order, std::string> order_from_wire(std::string_view line);
boost::system::result<part_news, std::string> news_from_wire(std::string_view line);

}  // namespace ability::load

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ability::load::part_order)
