/// The query for a page of streams.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actors/monitor/page_builder.hpp"
#include "actors/monitor/query.hpp"
#include "actors/stream/messages.hpp"
#include "protocol/monitor/questions.hpp"

namespace ability {

/// Merges the streams of all lanes in the order of their names. A round lists names and handles at the directories, the
/// next one asks the streams found. Streams that have ended meanwhile are left out.
class streams_query : public query_state {
public:
  static constexpr unsigned max_rounds = 20;  ///< searches of all directories, per query

  using query_state::query_state;
  void start(lane_home& home, const verb::streams& question);

private:
  void run() override { list(); }
  void list();
  void take_pages(answers<stream_page> pages);
  void take_facts(const answers<stream_facts>& facts);
  void finish(const std::string& next);

  std::string filter_;
  page_builder page_{"streams"};
  std::vector<std::string> names_;  // of the streams that are being asked
  std::string reached_;             // names up to this one were checked; empty: all names
  unsigned rounds_ = 0;
};

}  // namespace ability
