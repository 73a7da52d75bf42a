#include "net/redis/redis_pipeline.hpp"

#include <utility>

#include "protocol/redis/redis_words.hpp"

namespace ability {

namespace {

using boost::system::error_code;

}  // namespace

redis_pipeline::redis_pipeline(boost::asio::io_context& io, redis_endpoint where, redis_pipeline_settings bounds,
                               redis_counters& counters, random_source& random, callbacks owner)
    : bounds_{bounds},
      has_key_{!where.key.empty()},
      counters_{counters},
      owner_{std::move(owner)},
      wire_{io,
            std::move(where),
            counters,
            random,
            {.steps = [this] { return steps(); },
             .up = [this] { owner_.up(); },
             .got = [this](redis_value& reply) { take(reply); },
             .down =
                 [this](const std::string& why) {
                   give_up_commands();
                   owner_.down(why);
                 }}},
      answer_{io} {}

redis_pipeline::~redis_pipeline() { close(); }

void redis_pipeline::open(std::vector<std::string> preparations) {
  preparations_ = std::move(preparations);
  wire_.open();
}

std::vector<redis_wire::step> redis_pipeline::steps() {
  std::vector<redis_wire::step> all;
  all.push_back({"INFO", redis_words{1}.add("INFO").take(), [this](const redis_value& answer) -> std::string {
                   auto read = read_server_info(answer.text);
                   if (!read)
                     return "got an answer without a run_id";
                   if (read->is_loading)
                     return "says that the server is loading its data";
                   if (!read->is_master)
                     return "says that the server is a replica";
                   server_ = std::move(*read);
                   return {};
                 }});
  for (const auto& each : preparations_)
    all.push_back({"a preparation", each, nullptr});
  return all;
}

void redis_pipeline::close() {
  answer_.cancel();
  answer_awaited_ = false;
  wire_.close();
  give_up_commands();
}

// A callback may send again.
void redis_pipeline::give_up_commands() {
  const auto given_up = std::exchange(under_way_, {});
  bytes_ = 0;
  count();
  for (const auto& each : given_up) {
    counters_.failed[static_cast<std::size_t>(redis_failure::no_answer)].add();
    each.done(redis_error{redis_failure::no_answer});
  }
}

// -- commands ---

std::optional<redis_failure> redis_pipeline::refuses() const noexcept {
  if (!is_up())
    return redis_failure::away;
  if (under_way_.size() >= bounds_.max_commands || bytes_ >= bounds_.max_bytes)
    return redis_failure::full;
  return std::nullopt;
}

void redis_pipeline::send(const std::string& command, answered done) {
  if (!is_up()) {
    counters_.failed[static_cast<std::size_t>(redis_failure::away)].add();
    return done(redis_error{redis_failure::away});
  }
  under_way_.push_back({std::move(done), command.size(), std::chrono::steady_clock::now() + bounds_.answer_timeout});
  bytes_ += command.size();
  counters_.commands.add();
  count();
  wire_.send(command);
  await_answer();
}

void redis_pipeline::take(redis_value& reply) {
  if (under_way_.empty())
    return wire_.fail("Protocol error, got an answer to no command");
  const auto answered = std::move(under_way_.front());
  under_way_.pop_front();
  bytes_ -= answered.bytes;
  count();
  wire_.succeeded();
  if (reply.is_error())
    counters_.failed[static_cast<std::size_t>(redis_failure_of(reply.text))].add();
  const bool has_moved = has_key_ && reply.is_error() && reply.text.starts_with("MOVED ");
  answered.done(std::move(reply));
  if (has_moved)
    wire_.fail("the key has moved to another server of the Redis Cluster");
}

// The timer is set for the oldest command and looked at when it ends: most often that command is answered by then.
void redis_pipeline::await_answer() {
  if (answer_awaited_ || under_way_.empty())
    return;
  answer_awaited_ = true;
  answer_.expires_at(under_way_.front().due);
  answer_.async_wait([this, alive = std::weak_ptr{alive_}](const error_code& error) {
    if (error || alive.expired())
      return;
    answer_awaited_ = false;
    if (under_way_.empty())
      return;
    if (under_way_.front().due <= std::chrono::steady_clock::now())
      reconnect("no answer in time");
    await_answer();
  });
}

void redis_pipeline::count() {
  const auto change = [](gauge& of, std::size_t& counted, std::size_t now) {
    of.set(of.get() + now - counted);  // unsigned: it may become less
    counted = now;
  };
  change(counters_.under_way, counted_commands_, under_way_.size());
  change(counters_.bytes_under_way, counted_bytes_, bytes_);
}

}  // namespace ability
