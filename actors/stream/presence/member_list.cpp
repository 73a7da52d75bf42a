#include "actors/stream/presence/member_list.hpp"

#include <utility>

#include "protocol/presence/presence_messages.hpp"

namespace ability {

namespace {

std::size_t bytes_of(std::string_view id, std::string_view info) {
  return id.size() + info.size() + presence_record_bytes;
}

}  // namespace

member_list::outcome member_list::join(const std::string& sid, const std::string& id, std::string_view info,
                                       std::size_t most) {
  const auto known = sessions_.find(sid);
  if (known != sessions_.end() && known->second.of->first != id)
    return outcome::another_id;
  auto found = members_.find(id);
  const bool is_new = found == members_.end();
  const auto replaced = is_new ? 0 : found->second.ended.size();  // forgotten below
  if ((is_new && members_.size() >= most) ||
      (known == sessions_.end() && sessions_.size() - replaced >= most * sessions_per_member))
    return outcome::full;
  if (is_new) {
    found = members_.emplace(id, member{}).first;
    bytes_ += bytes_of(id, {});
  }
  auto& of = found->second;
  const bool is_back = !is_new && of.ended.size() == of.sessions;
  if (known == sessions_.end()) {
    sessions_.emplace(sid, session{found, {}});
    ++of.sessions;
  } else {
    come_alive(known);
  }
  for (const auto& ended : std::exchange(of.ended, {}))
    forget(sessions_.find(ended));
  if (of.info != info || is_new) {
    bytes_ = bytes_ + info.size() - of.info.size();
    of.info = info;
    listing_ = nullptr;
  }
  return is_new ? outcome::joined : is_back ? outcome::returned : outcome::updated;
}

std::optional<std::string> member_list::leave(const std::string& sid) {
  const auto found = sessions_.find(sid);
  if (found == sessions_.end())
    return {};
  come_alive(found);
  return forget(found);
}

bool member_list::end(const std::string& sid, time_point due) {
  const auto found = sessions_.find(sid);
  if (found == sessions_.end() || found->second.due)
    return false;
  found->second.due = due_.emplace(due, sid);
  found->second.of->second.ended.insert(sid);
  return true;
}

std::vector<std::string> member_list::expire(time_point now) {
  std::vector<std::string> absent;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto which = sessions_.find(due_.begin()->second);
    come_alive(which);
    if (auto id = forget(which); !id.empty())
      absent.push_back(std::move(id));
  }
  return absent;
}

std::optional<member_list::time_point> member_list::next_due() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

std::shared_ptr<const std::string> member_list::listing(bool with_records) {
  if (!with_records)
    return std::make_shared<const std::string>(presence_total(members_.size()));
  if (listing_ == nullptr) {
    auto made = std::make_shared<std::string>(presence_total(members_.size()));
    made->reserve(made->size() + bytes_ + bytes_ / 16);
    for (const auto& [id, of] : members_)
      append_presence_record(*made, id, of.info);
    listing_ = std::move(made);
  }
  return listing_;
}

std::vector<member_facts> member_list::first(std::size_t limit, std::size_t max_bytes) const {
  std::vector<member_facts> some;
  std::size_t bytes = 0;
  for (const auto& [id, of] : members_) {
    bytes += bytes_of(id, of.info);
    if (some.size() >= limit || (bytes > max_bytes && !some.empty()))
      break;
    some.push_back({id, of.info, of.sessions, of.ended.size()});
  }
  return some;
}

// Takes back that the session has ended.
void member_list::come_alive(session_map::iterator which) {
  auto& [sid, one] = *which;
  if (!one.due)
    return;
  due_.erase(*std::exchange(one.due, {}));
  one.of->second.ended.erase(sid);
}

// Returns the id of a member whose last session it was; empty: it was not. The member's `ended` lacks the session.
std::string member_list::forget(session_map::iterator which) {
  const auto of = which->second.of;
  if (which->second.due)
    due_.erase(*which->second.due);
  sessions_.erase(which);
  if (--of->second.sessions > 0)
    return {};
  bytes_ -= bytes_of(of->first, of->second.info);
  listing_ = nullptr;
  return std::move(members_.extract(of).key());
}

}  // namespace ability
