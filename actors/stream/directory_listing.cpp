// A directory's answers to the monitor about its streams.
#include <algorithm>
#include <caf/typed_event_based_actor.hpp>
#include <utility>

#include "actors/stream/directory.hpp"

namespace ability {

namespace {

constexpr std::size_t usual_name = 256;  // bytes

}  // namespace

// `names_` keeps the order, which would otherwise have to be found for each page: a walk over 500,000 streams, each a
// cache miss, would delay broadcasts by a tenth of a second. It costs 48 bytes and some hundred nanoseconds per stream,
// and nothing per broadcast.
stream_page directory_state::list(const list_streams& question) const {
  stream_page page;
  auto left = max_looked_at;
  for (auto it = names_.upper_bound(question.after); it != names_.end(); ++it) {
    if (it->find(question.filter) != std::string_view::npos) {
      const auto& found = streams_.at(*it);
      page.entries.push_back({found.name, found.actor});
    }
    left -= std::min(left, 1 + it->size() / usual_name);
    if (left == 0 || page.entries.size() >= question.limit) {
      page.reached = *it;
      break;
    }
  }
  return page;
}

caf::result<stream_facts> directory_state::describe(describe_stream& question) {
  if (const auto found = streams_.find(question.name); found != streams_.end())
    return self_->delegate(found->second.actor, std::move(question));
  return stream_facts{};
}

}  // namespace ability
