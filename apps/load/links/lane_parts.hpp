/// Shared parts of one lane's links.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apps/load/links/departures.hpp"
#include "apps/load/links/endpoints.hpp"
#include "apps/load/links/lane_timers.hpp"
#include "apps/load/links/socket_watch.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::load {

/// Outlives the links.
struct lane_parts {
  lane_parts(boost::asio::io_context& on, std::shared_ptr<const reachable_target> to, std::uint32_t which)
      : io{on}, where{std::move(to)}, run{which}, watch{on}, timers{on}, leaving{watch, timers} {}

  boost::asio::io_context& io;
  const std::shared_ptr<const reachable_target> where;
  const std::uint32_t run;  ///< the run whose stamps count
  socket_watch watch;
  lane_timers timers;
  departures leaving;
};

/// Time limit for a connection until its client is admitted, and for the answer to a publication.
inline constexpr std::int64_t patience_ns = 30'000'000'000;

/// A server's reason, shortened to fit a line of a report. REQUIRES that `said` is UTF-8.
inline std::string short_reason(std::string_view said) {
  std::string out{utf8_prefix(said, 60)};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  return out;
}

}  // namespace ability::load
