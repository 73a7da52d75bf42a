#include "actors/stream/presence/stream_presence.hpp"

#include <algorithm>
#include <utility>

#include "protocol/presence/presence_messages.hpp"

namespace ability {

stream_presence::~stream_presence() { home_.counters.presence_leaves.add(members_.size()); }

presence_answer stream_presence::answer_of_nobody(const presence_call& call) {
  if (call.what == presence_call::kind::list)
    return {{}, std::make_shared<const std::string>(presence_total(0))};
  return {not_present};
}

presence_answer stream_presence::handle(const presence_call& call, events& told) {
  switch (call.what) {
    case presence_call::kind::join:
      return {join(call, told)};
    case presence_call::kind::leave: {
      const auto absent = members_.leave(call.sid);
      if (!absent)
        return {not_present};
      leave(*absent, told);
      return {};
    }
    case presence_call::kind::list:
      break;
  }
  const bool with_records = call.said == nullptr || call.said->wants_records;
  if (with_records && !call.sid.empty() && members_.listing_bytes() > most_listed(home_.settings))
    return {listing_too_long};
  return {{}, members_.listing(with_records)};
}

std::string_view stream_presence::join(const presence_call& call, events& told) {
  const auto& said = *call.said;
  auto& counters = home_.counters;
  // Each join may be followed by one leave, so that joins alone are refused.
  if (home_.here.gate.full() && !members_.contains(said.id)) {
    counters.refused_broadcasts.add();
    return too_many_broadcasts;
  }
  switch (members_.join(call.sid, said.id, said.info, home_.settings.presence.max_members)) {
    case member_list::outcome::joined:
      counters.presence_joins.add();
      told.push_back(presence_joined(said.id, said.info));
      break;
    case member_list::outcome::returned:
      counters.presence_returns.add();
      break;
    case member_list::outcome::updated:
      break;
    case member_list::outcome::another_id:
      return has_another_id;
    case member_list::outcome::full:
      counters.hit(limit::presence_members);
      return too_many_members;
  }
  return {};
}

void stream_presence::end(const std::string& sid, time_point now, events& told) {
  const auto ttl = home_.settings.presence.ttl;
  if (ttl.count() != 0)
    members_.end(sid, now + ttl);
  else if (const auto absent = members_.leave(sid))
    leave(*absent, told);
}

void stream_presence::expire(time_point now, events& told) {
  if (timer_ && *timer_ <= now)  // else it is the `members_due` of a time when `--presence-ttl` was longer
    timer_.reset();
  for (const auto& id : members_.expire(now)) {
    home_.counters.presence_expired.add();
    leave(id, told);
  }
}

std::optional<stream_presence::time_point::duration> stream_presence::start_timer(time_point now) {
  const auto due = members_.next_due();
  if (!due)
    return {};
  const auto at = std::max(*due, now) + slack_of(home_.settings.presence.ttl);
  if (timer_ && *timer_ <= at)
    return {};
  timer_ = at;
  return at - now;
}

presence_facts stream_presence::describe(std::size_t limit) const {
  return {.total = members_.size(), .sessions = members_.sessions(), .members = members_.first(limit, max_described)};
}

// An empty id: the member is present by another session.
void stream_presence::leave(const std::string& id, events& told) {
  if (id.empty())
    return;
  home_.counters.presence_leaves.add();
  told.push_back(presence_left(id));
}

broadcast_ptr presence_event(const lane_home& home, const std::string& stream, std::string json,
                             std::chrono::steady_clock::time_point now) {
  broadcast content{
      .stream = stream, .data = std::move(json), .data_is_json = true, .broadcast_type = "presence", .transient = true};
  return std::make_shared<const accepted_broadcast>(std::move(content), home.here.gate, now);
}

}  // namespace ability
