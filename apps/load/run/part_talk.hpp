/// What the processes of a run and the one that directs them tell each other.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/load/report/run_report.hpp"

namespace ability::load {

/// From the director to the conductor of a part.
struct part_order {
  enum class kind : std::uint8_t {
    begin,      ///< at `at_ns` of the monotonic clock
    open_meet,  ///< `meet`
    halt,       ///< no further steps; `why`, and whether clients fail by it
    wind_down,  ///< nothing is published any more; tell when all has come
    dismiss     ///< it is over; hand in what is left
  };
  kind what = kind::begin;
  std::size_t meet = 0;
  std::int64_t at_ns = 0;
  bool is_failure = false;
  std::string why = {};
};

/// From the conductor of a part to the director.
struct part_news {
  enum class kind : std::uint8_t {
    meet_ready,  ///< all clients of this part that have yet to come to `meet` are there
    meet_gone,   ///< no client of this part comes to `meet` any more
    finished,    ///< no client of this part does a step any more
    settled,     ///< all that its clients must get has come
    counted,     ///< `report` has what was counted since the last, in one second
    ended        ///< `report` has the last of it, and what became of the clients
  };
  kind what = kind::finished;
  std::size_t meet = 0;
  run_report report = {};
};

/// On one line each, without a newline.
std::string to_wire(const part_order& order);
std::string to_wire(const part_news& news);

/// What `to_wire` made. Error: what is wrong with the line.
boost::system::result<part_order, std::string> order_from_wire(std::string_view line);
boost::system::result<part_news, std::string> news_from_wire(std::string_view line);

}  // namespace ability::load
