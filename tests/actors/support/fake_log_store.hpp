/// A shared log that a test answers for.
#pragma once

#include <caf/send.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/node/node.hpp"
#include "actors/stream/history/log_store.hpp"
#include "actors/stream/messages.hpp"

namespace ability {

/// Keeps one log, numbers what is appended to it, and records what it was asked.
class fake_log_store final : public log_store {
public:
  explicit fake_log_store(node& here) : here_{here} {}

  std::optional<redis_failure> refuses() const override { return refusal; }

  void append(broadcast_ptr message, const history_bounds&, std::shared_ptr<publication_receipt> receipt) override {
    on_their_way.push_back({std::move(message), std::move(receipt)});
  }

  void follow(const std::shared_ptr<const std::string>& stream, const history_bounds&, stream_actor who) override {
    asked.push_back("follow " + *stream);
    follower = std::move(who);
  }

  void leave(const std::string& stream, const stream_actor&) override { asked.push_back("leave " + stream); }

  void read(const std::string& stream, std::uint64_t behind) override {
    asked.push_back("read " + stream + " behind " + std::to_string(behind));
  }

  void list(const list_history& question, const history_bounds&, listed then) override {
    asked.push_back("list " + question.stream);
    lists.push_back(std::move(then));
  }

  // -- answers

  /// Adds the oldest publication that is on its way, and tells the directory of it.
  void take_one(const lane_home& home) {
    auto one = take_first();
    log.push_back(one.message->content());
    answer(home, std::move(one), log_appended{log_appended::outcome::added, at(), time});
  }

  void fail_one(const lane_home& home, redis_failure why) { answer(home, take_first(), redis_error{why}); }

  void answer_one(const lane_home& home, log_appended what) { answer(home, take_first(), what); }

  /// A publication of another node; the channel tells of it, or loses it.
  void add(std::string data, bool is_told = true) {
    log.push_back({.stream = "news", .data = std::move(data), .data_is_json = true});
    if (is_told)
      tell_last();
  }

  void tell_last() {
    caf::anon_send(
        follower,
        log_news_came{at(), time, std::make_shared<accepted_broadcast>(log.back(), here_.gate, here_.now()), false});
  }

  /// Answers a reading behind `behind`.
  void show(std::uint64_t behind) {
    log_content content{.at = at(), .first = first, .now = time, .ancestors = ancestors};
    for (auto offset = std::max(first, behind + 1); offset <= at().offset; ++offset)
      content.entries.push_back({.offset = offset, .time = time, .message = log[offset - 1]});
    caf::anon_send(follower, log_read{behind, std::move(content)});
  }

  void fail_to_show(std::uint64_t behind, redis_failure why) {
    caf::anon_send(follower, log_read{behind, redis_error{why}});
  }

  stream_position at() const { return {epoch, log.size()}; }

  /// The questions since the last call.
  std::vector<std::string> questions() { return std::exchange(asked, {}); }

  struct publication {
    broadcast_ptr message;
    std::shared_ptr<publication_receipt> receipt;
  };

  std::optional<redis_failure> refusal;
  std::vector<publication> on_their_way;
  std::vector<std::string> asked;
  std::vector<listed> lists;
  stream_actor follower;
  std::vector<broadcast> log;  // from offset 1 on
  std::uint64_t epoch = 0xE;
  std::uint64_t first = 1;
  std::int64_t time = 2'000'000'000'000;  // that of a node in a test
  std::vector<log_ancestor> ancestors;

private:
  publication take_first() {
    auto one = std::move(on_their_way.front());
    on_their_way.erase(on_their_way.begin());
    return one;
  }

  static void answer(const lane_home& home, publication one, redis_result<log_appended> outcome) {
    caf::anon_send(home.directory, append_answered{std::move(one.message), std::move(one.receipt), std::move(outcome)});
  }

  node& here_;
};

}  // namespace ability
