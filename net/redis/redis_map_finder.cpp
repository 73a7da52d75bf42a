#include "net/redis/redis_map_finder.hpp"

#include <utility>

#include "protocol/redis/redis_words.hpp"

namespace ability {

redis_endpoint endpoint_at(const redis_endpoint& where, const redis_address& server) {
  auto at = where;
  at.host = server.host;
  at.port = server.port;
  return at;
}

void redis_map_finder::find(std::vector<redis_address> whom, callback done) {
  whom_ = std::move(whom);
  turn_ = 0;
  done_ = std::move(done);
  ask();
}

void redis_map_finder::ask() {
  const auto& server = whom_[turn_];
  found_ = std::make_shared<map>();
  wire_ =
      std::make_shared<redis_wire>(io_, std::make_shared<const redis_endpoint>(endpoint_at(*where_, server)),
                                   redis_wire::callbacks{.ready =
                                                             [this] {
                                                               std::exchange(wire_, nullptr)->end();
                                                               finish(std::move(*std::exchange(found_, nullptr)), {});
                                                             },
                                                         .got = [](redis_value&) {},
                                                         .lost = [this](const std::string& why) { next(why); }});
  wire_->start(patience, {{"CLUSTER", redis_words{2}.add("CLUSTER").add("SLOTS").take(),
                           [into = found_, server](const redis_value& answer) -> std::string {
                             auto read = read_slot_map(answer, server);
                             if (!read)
                               return "got an answer that it never has";
                             *into = std::move(*read);
                             return into->empty() ? "says that the server knows no slots" : "";
                           }}});
}

void redis_map_finder::next(const std::string& why) {
  wire_ = nullptr;
  if (++turn_ < whom_.size())
    ask();
  else
    finish({}, why);
}

void redis_map_finder::finish(map found, const std::string& why) {
  const auto done = std::exchange(done_, nullptr);
  done(std::move(found), why);
}

void redis_map_finder::cancel() {
  done_ = nullptr;
  if (auto wire = std::exchange(wire_, nullptr))
    wire->end();
}

}  // namespace ability
