#include "actors/stream/presence/member_listings.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "actors/stream/presence/stream_presence.hpp"
#include "protocol/presence/presence_messages.hpp"

namespace ability {

namespace {

constexpr std::size_t any_size = std::numeric_limits<std::size_t>::max();

std::size_t size_of_member(const member_facts& one) { return one.id.size() + one.info.size() + presence_record_bytes; }

std::size_t size_of_members(const members_content& content) {
  std::size_t bytes = 0;
  for (const auto& each : content.members)
    bytes += size_of_member(each);
  return bytes;
}

std::shared_ptr<const std::string> listing_of(const members_content& content, std::size_t bytes) {
  auto made = std::make_shared<std::string>(presence_total(content.total));
  made->reserve(made->size() + bytes + bytes / 16);
  for (const auto& each : content.members)
    append_presence_record(*made, each.id, each.info);
  return made;
}

presence_facts facts_of(const members_content& content, std::size_t limit) {
  presence_facts facts{.total = content.total};
  std::size_t bytes = 0;
  for (const auto& each : content.members) {
    facts.sessions += each.sessions;
    bytes += size_of_member(each);
    if (facts.members.size() < limit && (bytes <= stream_presence::max_described || facts.members.empty()))
      facts.members.push_back(each);
  }
  return facts;
}

}  // namespace

void member_listings::ask(const presence_call& call, std::size_t most_listed, answer_call answer) {
  const bool with_records = call.said == nullptr || call.said->wants_records;
  const bool is_bounded = !call.sid.empty();
  const auto max_bytes = !with_records ? 0 : is_bounded ? most_listed : any_size;
  waiting_.push_back({.max_bytes = max_bytes, .is_bounded = is_bounded, .answer = std::move(answer)});
}

void member_listings::ask_facts(std::size_t limit, answer_facts answer) {
  waiting_.push_back({.max_bytes = any_size, .is_bounded = false, .limit = limit, .facts = std::move(answer)});
}

std::optional<std::size_t> member_listings::begin_reading() {
  if (waiting_.empty() || !reading_.empty())
    return {};
  reading_.swap(waiting_);
  return std::ranges::max(reading_, {}, &question::max_bytes).max_bytes;
}

void member_listings::take(const members_content& content) {
  const auto bytes = size_of_members(content);
  std::shared_ptr<const std::string> listing;
  for (const auto& each : std::exchange(reading_, {})) {
    if (each.facts != nullptr) {
      each.facts(facts_of(content, each.limit));
    } else if (each.max_bytes == 0) {
      each.answer({{}, std::make_shared<const std::string>(presence_total(content.total))});
    } else if (each.is_bounded && (content.is_cut || bytes > each.max_bytes)) {
      each.answer({stream_presence::listing_too_long});
    } else {
      if (listing == nullptr)
        listing = listing_of(content, bytes);
      each.answer({{}, listing});
    }
  }
}

std::size_t member_listings::fail(std::string_view why) {
  const auto asked = std::exchange(reading_, {});
  for (const auto& each : asked) {
    if (each.facts != nullptr)
      each.facts({.refusal = why});
    else
      each.answer({why});
  }
  return asked.size();
}

}  // namespace ability
