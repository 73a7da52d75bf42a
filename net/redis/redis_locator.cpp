#include "net/redis/redis_locator.hpp"

#include <algorithm>
#include <utility>

#include "protocol/redis/redis_answers.hpp"
#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

// The address in the answer of a Sentinel.
std::string read_master(const redis_value& answer, const std::string& name, redis_endpoint& into) {
  if (answer.what == redis_value::kind::nil)
    return "knows no master of the name " + name;
  if (!answer.is_list() || answer.items.size() != 2 || !answer.items[0].is_text() || !answer.items[1].is_text())
    return "got an answer that it never has";
  if (!read_whole(answer.items[1], into.port) || answer.items[0].text.empty())
    return "got an address that is none";
  into.host = answer.items[0].text;
  return {};
}

}  // namespace

void redis_locator::find(callback done) {
  const bool is_in_cluster = !where_->cluster.empty() && !where_->key.empty();
  if (where_->sentinels.empty() && !is_in_cluster)
    return done(where_, {});
  done_ = std::move(done);
  if (is_in_cluster)
    return find_in_cluster();
  failed_ = 0;
  ask();
}

void redis_locator::find_in_cluster() {
  auto whom = where_->cluster;
  std::ranges::rotate(whom, whom.begin() + static_cast<std::ptrdiff_t>(turn_++ % whom.size()));
  map_.find(std::move(whom), [this](const redis_map_finder::map& found, const std::string& why) {
    const auto done = std::exchange(done_, nullptr);
    const auto slot = redis_slot_of(where_->key);
    const auto of =
        std::ranges::find_if(found, [&](const auto& each) { return each.first <= slot && slot <= each.last; });
    if (of != found.end())
      done(std::make_shared<const redis_endpoint>(endpoint_at(*where_, of->master)), {});
    else
      done(nullptr, found.empty() ? why : "no server of the Redis Cluster has " + where_->key);
  });
}

void redis_locator::ask() {
  const auto& sentinel = where_->sentinels[turn_ % where_->sentinels.size()];
  auto at = std::make_shared<redis_endpoint>(*where_);
  at->host = sentinel.host;
  at->port = sentinel.port;
  at->user.clear();
  at->password = sentinel.password;
  at->database = 0;
  found_ = std::make_shared<redis_endpoint>(*where_);
  wire_ = std::make_shared<redis_wire>(
      io_, std::move(at),
      redis_wire::callbacks{.ready =
                                [this] {
                                  std::exchange(wire_, nullptr)->end();
                                  std::exchange(done_, nullptr)(std::exchange(found_, nullptr), {});
                                },
                            .got = [](redis_value&) {},
                            .lost = [this](const std::string& why) { next("Sentinel " + why); }});
  wire_->start(
      patience,
      {{"SENTINEL", redis_words{3}.add("SENTINEL").add("GET-MASTER-ADDR-BY-NAME").add(where_->master_name).take(),
        [into = found_, name = where_->master_name](const redis_value& answer) {
          return read_master(answer, name, *into);
        }}});
}

void redis_locator::next(std::string why) {
  wire_ = nullptr;
  ++turn_;
  if (++failed_ < where_->sentinels.size())
    return ask();
  std::exchange(done_, nullptr)(nullptr, std::move(why));
}

void redis_locator::cancel() {
  map_.cancel();
  done_ = nullptr;
  if (auto wire = std::exchange(wire_, nullptr))
    wire->end();
}

}  // namespace ability
