#include "actors/stream/presence/stream_presence.hpp"

#include <algorithm>
#include <utility>

#include "protocol/presence/presence_messages.hpp"

namespace ability {

namespace {

// Sessions that end within this time leave together, so that a storm of them is one fan-out: a part of the time for
// which they are kept, at most a second.
std::chrono::milliseconds slack_of(std::chrono::milliseconds ttl) {
  return std::min<std::chrono::milliseconds>(ttl / 16, std::chrono::seconds{1});
}

// Bytes of ids and infos in one answer to the monitor.
constexpr std::size_t max_described = std::size_t{1} << 20;

constexpr std::string_view not_present = "not present";

}  // namespace

stream_presence::~stream_presence() { home_.counters.presence_leaves.add(members_.size()); }

presence_answer stream_presence::answer_of_nobody(const presence_call& call) {
  if (call.what == presence_call::kind::list)
    return {{}, std::make_shared<const std::string>(presence_total(0))};
  return {not_present};
}

presence_answer stream_presence::handle(const presence_call& call, time_point now, events& told) {
  switch (call.what) {
    case presence_call::kind::join:
      return {join(call, now, told)};
    case presence_call::kind::leave: {
      const auto absent = members_.leave(call.sid);
      if (!absent)
        return {not_present};
      leave(*absent, now, told);
      return {};
    }
    case presence_call::kind::list:
      break;
  }
  const bool with_records = call.said == nullptr || call.said->wants_records;
  if (with_records && !call.sid.empty() &&
      members_.listing_bytes() > std::min(max_listing, home_.settings.history.max_replay))
    return {R"(the members are too many for one message; ask with "return_records":false, or by the API)"};
  return {{}, members_.listing(with_records)};
}

std::string_view stream_presence::join(const presence_call& call, time_point now, events& told) {
  const auto& said = *call.said;
  auto& counters = home_.counters;
  // Each join may be followed by one leave, so that joins alone are refused.
  if (home_.here.gate.full() && !members_.contains(said.id)) {
    counters.refused_broadcasts.add();
    return "too many broadcasts are pending";
  }
  switch (members_.join(call.sid, said.id, said.info, home_.settings.presence.max_members)) {
    case member_list::outcome::joined:
      counters.presence_joins.add();
      tell(presence_joined(said.id, said.info), now, told);
      break;
    case member_list::outcome::returned:
      counters.presence_returns.add();
      break;
    case member_list::outcome::updated:
      break;
    case member_list::outcome::another_id:
      return "the session is present with another id";
    case member_list::outcome::full:
      counters.hit(limit::presence_members);
      return "too many members (--presence-max-members)";
  }
  return {};
}

void stream_presence::end(const std::string& sid, time_point now, events& told) {
  const auto ttl = home_.settings.presence.ttl;
  if (ttl.count() != 0)
    members_.end(sid, now + ttl);
  else if (const auto absent = members_.leave(sid))
    leave(*absent, now, told);
}

void stream_presence::expire(time_point now, events& told) {
  timer_runs_ = false;
  for (const auto& id : members_.expire(now)) {
    home_.counters.presence_expired.add();
    leave(id, now, told);
  }
}

std::optional<stream_presence::time_point::duration> stream_presence::start_timer(time_point now) {
  const auto due = members_.next_due();
  if (timer_runs_ || !due)
    return {};
  timer_runs_ = true;
  return std::max(*due - now, time_point::duration::zero()) + slack_of(home_.settings.presence.ttl);
}

presence_facts stream_presence::describe(std::size_t limit) const {
  return {.total = members_.size(), .sessions = members_.sessions(), .members = members_.first(limit, max_described)};
}

// An empty id: the member is present by another session.
void stream_presence::leave(const std::string& id, time_point now, events& told) {
  if (id.empty())
    return;
  home_.counters.presence_leaves.add();
  tell(presence_left(id), now, told);
}

void stream_presence::tell(std::string event, time_point now, events& told) const {
  broadcast content{.stream = *stream_,
                    .data = std::move(event),
                    .data_is_json = true,
                    .broadcast_type = "presence",
                    .transient = true};
  told.push_back(std::make_shared<const accepted_broadcast>(std::move(content), home_.here.gate, now));
}

}  // namespace ability
