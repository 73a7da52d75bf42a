#include "apps/load/links/cable_subscriptions.hpp"

#include <algorithm>

#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"

namespace ability::load {

namespace {

constexpr std::string_view key = R"("identifier":)";

// The JSON string at the start of `text`, with its quotes; empty if there is none.
std::string_view leading_string(std::string_view text) {
  if (!text.starts_with('"'))
    return {};
  for (auto at = text.find('"', 1); at != std::string_view::npos; at = text.find('"', at + 1)) {
    std::size_t backslashes = 0;
    while (text[at - 1 - backslashes] == '\\')
      ++backslashes;
    if (backslashes % 2 == 0)
      return text.substr(0, at + 1);
  }
  return {};
}

}  // namespace

std::string cable_identifier(const std::string& stream, const std::string& channel) {
  std::string name;
  append_json_string(name, stream);
  if (channel.empty())
    return R"({"channel":"$pubsub","stream_name":)" + name + '}';
  constexpr std::string_view place = "{stream}";
  const std::string_view escaped = std::string_view{name}.substr(1, name.size() - 2);
  std::string out;
  std::size_t from = 0;
  for (auto at = channel.find(place); at != std::string::npos; at = channel.find(place, from)) {
    out.append(channel, from, at - from).append(escaped);
    from = at + place.size();
  }
  return out.append(channel, from);
}

void cable_subscriptions::add(std::uint32_t number, std::string_view identifier) {
  std::string quoted;
  append_json_string(quoted, identifier);
  quoted.shrink_to_fit();
  all_.push_back(std::make_unique<const subscription>(subscription{number, std::move(quoted)}));
  if (all_.size() <= few)
    return;
  if (index_ == nullptr) {
    index_ = std::make_unique<index>();
    for (const auto& each : all_)
      index_->emplace(each->quoted, each->number);
  } else {
    index_->emplace(all_.back()->quoted, number);
  }
}

std::string_view cable_subscriptions::quoted(std::uint32_t number) const {
  // Searched from the end: it is called right after `add`.
  const auto found =
      std::find_if(all_.rbegin(), all_.rend(), [number](const auto& each) { return each->number == number; });
  return found == all_.rend() ? std::string_view{} : std::string_view{(*found)->quoted};
}

std::uint32_t cable_subscriptions::find_quoted(std::string_view quoted) const {
  if (index_ != nullptr) {
    const auto found = index_->find(quoted);
    return found == index_->end() ? 0 : found->second;
  }
  const auto found = std::ranges::find(all_, quoted, [](const auto& each) -> std::string_view { return each->quoted; });
  return found == all_.end() ? 0 : (*found)->number;
}

std::uint32_t cable_subscriptions::find(std::string_view identifier) const {
  std::string quoted;
  append_json_string(quoted, identifier);
  return find_quoted(quoted);
}

std::uint32_t cable_subscriptions::of_message(std::string_view message) const {
  if (all_.size() == 1)
    return all_.front()->number;
  if (all_.empty())
    return 0;
  // Fast path: servers write the identifier first, or after a short type.
  if (const auto at = message.find(key); at != std::string_view::npos)
    if (const auto number = find_quoted(leading_string(message.substr(at + key.size()))); number != 0)
      return number;
  // Slow path: the identifier may be escaped in another way.
  json_field identifier{"identifier"};
  json_field* const fields[] = {&identifier};
  return read_object(message, "a message", fields) ? find(identifier.text) : 0;
}

}  // namespace ability::load
