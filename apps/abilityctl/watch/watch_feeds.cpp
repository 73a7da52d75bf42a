#include "apps/abilityctl/watch/watch_feeds.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "apps/abilityctl/terminal/human.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_news = 256;
constexpr auto details_every = 2s;
constexpr auto goodbye = 500ms;
constexpr auto before_dialling_again = 1s;

}  // namespace

struct watch_feeds::shared {
  shared(attach_options how, watch_wish wish)
      : how{std::move(how)}, wish{std::move(wish)}, wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (wake < 0)
      throw std::system_error{errno, std::generic_category(), "eventfd"};
  }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;
  ~shared() { ::close(wake); }

  /// Waits for room in the queue; false if the feeds are stopping.
  bool push(feed_news what) {
    std::unique_lock lock{mutex};
    changed.wait(lock, [this] { return stopping || news.size() < most_news; });
    if (stopping)
      return false;
    news.push_back(std::move(what));
    ::eventfd_write(wake, 1);
    return true;
  }

  void follow(std::size_t source, const node_address& where);
  std::string follow_until_end(std::size_t source, monitor_client& node);

  const attach_options how;
  const watch_wish wish;
  const int wake;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<feed_news> news;
  std::set<monitor_client*> clients;
  std::size_t followed = 0;
  std::size_t threads = 0;
  bool stopping = false;
};

/// Forwards the node's items until the feed ends. Returns the reason.
std::string watch_feeds::shared::follow_until_end(std::size_t source, monitor_client& node) {
  const auto name = printable(to_string(node.address()));
  const auto ask = [&](const char* verb, feed_news::what kind, std::string& trouble) {
    auto answered = node.ask(verb);
    if (!answered)
      trouble = answered.error().sentence;
    return answered && push({source, kind, std::move(*answered), {}});
  };
  std::string trouble;
  const auto ask_details = [&] {
    return ask("status", feed_news::what::status, trouble) && ask("nodes", feed_news::what::nodes, trouble);
  };
  if (!ask_details())
    return trouble;
  const auto agreed = node.ask("watch", {{"interval_ms", wish.interval.count()}, {"events", wish.events}});
  if (!agreed)
    return agreed.error().sentence;
  for (auto asked = clock::now();;) {
    auto item = node.next(wish.interval + how.timeout);
    switch (item.kind) {
      case feed_item::what::snapshot:
      case feed_item::what::events: {
        const auto kind = item.kind == feed_item::what::events ? feed_news::what::events : feed_news::what::snapshot;
        if (!push({source, kind, std::move(item.data), {}}))
          return {};
        break;
      }
      case feed_item::what::unknown:
        break;
      case feed_item::what::silence:
        return name + " has sent nothing for " + human_timeout(wish.interval + how.timeout) +
               "; it may be frozen or cut off";
      case feed_item::what::end:
        return name + " closed the connection; did it end?";
      case feed_item::what::stopped:
        return {};
    }
    if (clock::now() - asked >= details_every) {
      if (!ask_details())
        return trouble;
      asked = clock::now();
    }
  }
}

void watch_feeds::shared::follow(std::size_t source, const node_address& where) {
  std::string why;
  if (auto attached = monitor_client::attach(where, how); attached) {
    auto* client = attached->get();
    {
      const std::lock_guard lock{mutex};
      clients.insert(client);
      if (stopping)
        client->stop();
    }
    why = follow_until_end(source, *client);
    const std::lock_guard lock{mutex};
    clients.erase(client);
  } else {
    why = attached.error().sentence;
  }
  push({source, feed_news::what::gone, {}, std::move(why)});
}

watch_feeds::watch_feeds(attach_options how, watch_wish wish)
    : shared_{std::make_shared<shared>(std::move(how), std::move(wish))} {}

watch_feeds::~watch_feeds() {
  std::unique_lock lock{shared_->mutex};
  shared_->stopping = true;
  for (auto* client : shared_->clients)
    client->stop();
  shared_->changed.notify_all();
  if (!shared_->changed.wait_for(lock, goodbye, [this] { return shared_->threads == 0; }))
    let_threads_hang();
}

std::size_t watch_feeds::follow(const node_address& where) {
  const std::lock_guard lock{shared_->mutex};
  start(shared_->followed, where, 0s);
  return shared_->followed++;
}

void watch_feeds::follow_again(std::size_t source, const node_address& where) {
  const std::lock_guard lock{shared_->mutex};
  start(source, where, before_dialling_again);
}

void watch_feeds::start(std::size_t source, const node_address& where, std::chrono::seconds wait) {
  ++shared_->threads;
  std::thread{[shared = shared_, source, where, wait] {
    bool stopping = false;
    {
      std::unique_lock lock{shared->mutex};
      stopping = shared->changed.wait_for(lock, wait, [&] { return shared->stopping; });
    }
    if (!stopping)
      shared->follow(source, where);
    const std::lock_guard lock{shared->mutex};
    --shared->threads;
    shared->changed.notify_all();
  }}.detach();
}

int watch_feeds::descriptor() const noexcept { return shared_->wake; }

std::vector<feed_news> watch_feeds::take() {
  const std::lock_guard lock{shared_->mutex};
  eventfd_t ignored = 0;
  ::eventfd_read(shared_->wake, &ignored);
  std::vector<feed_news> all{std::make_move_iterator(shared_->news.begin()),
                             std::make_move_iterator(shared_->news.end())};
  shared_->news.clear();
  shared_->changed.notify_all();
  return all;
}

}  // namespace ability
