#include "actors/auth/token_source.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/node/log.hpp"
#include "actors/runtime/pinned.hpp"

namespace ability {

token_source_state::~token_source_state() {
  if (link_ != nullptr)
    link_->stop();
}

void token_source_state::start(node& here, std::shared_ptr<key_set_link> link, publish_keys publish) {
  here_ = &here;
  link_ = std::move(link);
  publish_ = std::move(publish);
}

token_source_actor::behavior_type token_source_state::make_behavior() {
  return {
      [this](const use_token_keys& order) { use(order); },
      [this](find_token_key question) { return look(question); },
      [this](const key_set_fetched& news) { take(news); },
      [this](const key_set_due& which) {
        if (which.attempt == attempt_ && !fetching_)
          fetch();
      },
  };
}

void token_source_state::use(const use_token_keys& order) {
  fixed_ = order.fixed;
  refresh_ = order.refresh;
  const bool same_place = place_ != nullptr && order.place != nullptr && *place_ == *order.place;
  place_ = order.place;
  if (!same_place) {
    fetched_ = nullptr;
    failures_ = 0;
    ++attempt_;
    fetching_ = false;
  }
  publish();
  if (place_ == nullptr)
    answer_all();
  else if (!same_place)
    fetch();
}

token_source_state::promise token_source_state::look(find_token_key) {
  auto to = self_->make_response_promise<token_keys_found>();
  const auto now = self_->clock().now();
  const bool may_try = place_ != nullptr && !fetching_ && (!attempted_once_ || now - attempted_ >= least_pause);
  if (!may_try && !fetching_) {
    to.deliver(found());
    return to;
  }
  waiting_.push_back(to);
  if (may_try)
    fetch();
  return to;
}

void token_source_state::fetch() {
  fetching_ = true;
  attempted_once_ = true;
  attempted_ = self_->clock().now();
  link_->fetch(*place_, [to = token_source_actor{self_}, attempt = ++attempt_](result<std::string> text) {
    caf::anon_send(to, key_set_fetched{attempt, std::make_shared<const result<std::string>>(std::move(text))});
  });
}

void token_source_state::take(const key_set_fetched& news) {
  if (news.attempt != attempt_ || !fetching_)
    return;
  fetching_ = false;
  auto keys = std::make_shared<token_keys>();
  if (!*news.text) {
    fail(news.text->error().detail);
  } else if (const auto read = keys->add_jwks(**news.text); !read) {
    fail(read.error().detail);
  } else {
    failures_ = 0;
    here_->key_counters.fetched.add();
    log(log_level::info, "token keys fetched", {{"host", place_->host}, {"keys", keys->all().size()}});
    fetched_ = std::move(keys);
    publish();
    fetch_again(refresh_);
  }
  answer_all();
}

void token_source_state::fail(const std::string& why) {
  here_->key_counters.failed.add();
  const auto pause =
      std::min({std::chrono::milliseconds{least_pause} * (1 << std::min(failures_, 10U)),
                std::chrono::milliseconds{longest_pause}, std::max<std::chrono::milliseconds>(refresh_, least_pause)});
  ++failures_;
  log(log_level::warn, "token keys could not be fetched, those that are there stay",
      {{"host", place_->host}, {"reason", why}, {"next_try_ms", pause.count()}});
  fetch_again(pause);
}

void token_source_state::fetch_again(std::chrono::milliseconds delay) {
  self_->delayed_send(self_, delay, key_set_due{attempt_});
}

void token_source_state::publish() {
  auto all = std::make_shared<token_keys>();
  for (const auto& each : {fixed_, fetched_})
    if (each != nullptr)
      all->add(*each);
  // Not null without keys if keys may come: then tokens are checked.
  keys_ = all->empty() && place_ == nullptr && fixed_ == nullptr ? nullptr : std::move(all);
  publish_(keys_);
}

void token_source_state::answer_all() {
  for (auto& each : std::exchange(waiting_, {}))
    each.deliver(found());
}

token_source_actor spawn_token_source(node& here, lane* home, std::shared_ptr<key_set_link> link,
                                      publish_keys publish) {
  return spawn_on<token_source_actor, token_source_state>(here.system, home, here, std::move(link), std::move(publish));
}

}  // namespace ability
