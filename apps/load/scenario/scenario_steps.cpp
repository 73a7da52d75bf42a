#include "apps/load/scenario/scenario_steps.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/nearest_name.hpp"
#include "protocol/json/excerpt.hpp"
#include "protocol/result.hpp"

namespace ability::load {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t max_times = 1'000'000'000;
constexpr std::size_t max_text = 1'000;

using stream_sets = std::vector<stream_set>;

stream_choice read_choice(const scenario_value& value, const stream_sets& streams) {
  stream_choice choice;
  const auto to = value.at("to", "the name of a set of streams");
  const auto name = to.text(max_text);
  const auto found = std::ranges::find(streams, name, &stream_set::name);
  if (found == streams.end()) {
    std::vector<std::string> names;
    for (const auto& set : streams)
      names.push_back(set.name);
    to.fail("names " + excerpt(name) + ", which is not among the streams" + did_you_mean(name, names));
  }
  choice.set = static_cast<std::size_t>(found - streams.begin());
  if (const auto how = value.find("pick"))
    choice.how = static_cast<pick>(how->one_of({"own", "random", "each"}));
  return choice;
}

/// Reads `times` or `for`; one of them is required.
template <class Step>
void read_extent(const scenario_value& value, Step& step) {
  const auto times = value.find("times");
  const auto lasting = value.find("for");
  if (times.has_value() == lasting.has_value())
    value.fail(times ? "has both times and for, but must have one of them" : R"(must have "times" or "for")");
  if (times)
    step.times = times->whole(1, max_times);
  else
    step.lasting = lasting->time(least_time);
}

step read_connect(const scenario_value& value, const stream_sets&) {
  value.only({});
  return {connect_step{}};
}

step read_disconnect(const scenario_value& value, const stream_sets&) {
  value.only({});
  return {disconnect_step{}};
}

step read_subscribe(const scenario_value& value, const stream_sets& streams) {
  value.only({"to", "pick", "channel"});
  subscribe_step read{.to = read_choice(value, streams), .channel = {}};
  if (const auto channel = value.find("channel")) {
    read.channel = channel->object_text();
    channel->at("channel", "the name of a channel of the application").text(max_text);
  }
  return {std::move(read)};
}

step read_perform(const scenario_value& value, const stream_sets&) {
  value.only({"data"});
  return {perform_step{value.at("data", "an object, as the client library would send it").object_text()}};
}

step read_publish(const scenario_value& value, const stream_sets& streams) {
  value.only({"to", "pick", "by", "rate", "times", "for", "bytes", "batch"});
  publish_step read;
  read.to = read_choice(value, streams);
  if (const auto by = value.find("by"))
    read.by = static_cast<publish_by>(
        by->one_of({name_of(publish_by::http), name_of(publish_by::redis), name_of(publish_by::fly)}));
  if (const auto rate = value.find("rate"))
    read.at.per_second = rate->rate();
  read_extent(value, read);
  if (const auto bytes = value.find("bytes"))
    read.bytes = bytes->whole(min_message_bytes, max_message_bytes);
  if (const auto batch = value.find("batch"))
    read.batch = batch->whole(1, 10'000);
  return {read};
}

step read_expect(const scenario_value& value, const stream_sets&) {
  value.only({"messages", "text", "within"});
  const auto messages = value.find("messages");
  const auto text = value.find("text");
  if (messages.has_value() == text.has_value())
    value.fail(messages ? "has both messages and text, but must have one of them"
                        : R"(must have "messages" or "text")");
  expect_step read;
  if (messages)
    read.messages = messages->whole(1, max_times);
  else
    read.text = text->text(max_text);
  if (const auto within = value.find("within"))
    read.within = within->time(least_time);
  return {std::move(read)};
}

step read_wait(const scenario_value& value, const stream_sets&) { return {wait_step{value.range(milliseconds{0})}}; }

step read_meet(const scenario_value& value, const stream_sets&) { return {meet_step{value.text(max_text)}}; }

step read_stall(const scenario_value& value, const stream_sets&) {
  stall_step read;
  if (value.is_object())
    value.only({});
  else
    read.lasting = value.time(least_time);
  return {read};
}

step read_reconnect(const scenario_value& value, const stream_sets&) {
  value.only({"after"});
  reconnect_step read;
  if (const auto after = value.find("after"))
    read.after = after->range(milliseconds{0});
  return {read};
}

step read_repeat(const scenario_value& value, const stream_sets& streams) {
  value.only({"times", "for", "steps"});
  repeat_step read;
  read_extent(value, read);
  read.steps = read_steps(value.at("steps", "an array of steps"), streams);
  return {std::move(read)};
}

struct step_kind {
  const char* name;
  step (*read)(const scenario_value&, const stream_sets&);
};
constexpr std::array<step_kind, 11> step_kinds{{{"connect", read_connect},
                                                {"subscribe", read_subscribe},
                                                {"perform", read_perform},
                                                {"publish", read_publish},
                                                {"expect", read_expect},
                                                {"wait", read_wait},
                                                {"meet", read_meet},
                                                {"stall", read_stall},
                                                {"disconnect", read_disconnect},
                                                {"reconnect", read_reconnect},
                                                {"repeat", read_repeat}}};

step read_step(const scenario_value& value, const stream_sets& streams) {
  if (!value.is_object())
    value.must_be(R"(an object, like {"wait": "10s"})");
  const auto members = value.members();
  if (members.size() != 1)
    value.fail("must have one key, the name of a step, but has " + std::to_string(members.size()));
  const auto& [name, what] = members.front();
  const auto kind = std::ranges::find(step_kinds, name, &step_kind::name);
  if (kind == step_kinds.end()) {
    std::vector<std::string> names;
    names.reserve(step_kinds.size());
    for (const auto& each : step_kinds)
      names.emplace_back(each.name);
    what.unknown("step", name, names);
  }
  return kind->read(what, streams);
}

}  // namespace

std::vector<step> read_steps(const scenario_value& value, const std::vector<stream_set>& streams) {
  std::vector<step> steps;
  for (const auto& item : value.items())
    steps.push_back(read_step(item, streams));
  return steps;
}

}  // namespace ability::load
