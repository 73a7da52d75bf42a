#include "net/cluster/caf_bridge.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/basp/message_type.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/multiplexer.hpp>
#include <caf/io/scribe.hpp>
#include <caf/io/system_messages.hpp>
#include <caf/send.hpp>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "actors/runtime/pinned.hpp"

namespace ability {

namespace {

// Port that an actor is published at. It is published only until the same broker handles our next message, so all
// publications can share one number.
constexpr std::uint16_t port_key = 1;
constexpr std::chrono::seconds join_timeout{5};

caf::actor broker_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

std::vector<char> heartbeat() {
  std::vector<char> header(basp_header_size);
  header.front() = static_cast<char>(caf::io::basp::message_type::heartbeat);
  return header;
}

using joiner_actor = caf::typed_actor<caf::reacts_to<caf::ok_atom>>;

// Asks the broker to dial, then quits.
class joiner_state {
public:
  static constexpr const char* name = "ability.joiner";

  explicit joiner_state(joiner_actor::pointer self) : self_{self} {}
  joiner_state(const joiner_state&) = delete;
  joiner_state& operator=(const joiner_state&) = delete;
  ~joiner_state() = default;

  void start(caf::actor broker, caf::io::scribe_ptr scribe, caf_bridge::joined_function done) {
    broker_ = std::move(broker);
    scribe_ = std::move(scribe);
    done_ = std::move(done);
  }

  joiner_actor::behavior_type make_behavior() {
    // CAF's next heartbeat check, which may come at once, ends a dial that received nothing: feed it a heartbeat.
    caf::anon_send(broker_, caf::io::new_data_msg{scribe_->hdl(), heartbeat()});
    self_->request(broker_, join_timeout, caf::connect_atom_v, std::move(scribe_), port_key)
        .then(
            [this](const caf::node_id&, const caf::strong_actor_ptr& remote, const std::set<std::string>&) {
              finish(caf::actor_cast<caf::actor>(remote), "the other end publishes nobody");
            },
            [this](const caf::error& why) { finish(nullptr, self_->system().render(why)); });
    return {[](caf::ok_atom) {}};
  }

private:
  void finish(const caf::actor& remote, const std::string& why_not) {
    done_(remote, why_not);
    self_->quit();
  }

  joiner_actor::pointer self_;
  caf::actor broker_;
  caf::io::scribe_ptr scribe_;
  caf_bridge::joined_function done_;
};

}  // namespace

void configure_middleman(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  config.set("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds{500}});
  config.set("middleman.connection-timeout", caf::timespan{std::chrono::seconds{3}});
  config.set("middleman.enable-automatic-connections", false);  // it opens an unprotected port on all addresses
  config.set("middleman.attach-utility-actors", false);
  config.set("middleman.workers", std::size_t{1});
}

basp_node_id make_basp_node_id(std::uint32_t process, const std::array<char, 20>& host) {
  basp_node_id id{};
  const auto put = [](auto at, std::uint64_t value, int bytes) {
    for (int i = bytes; i-- > 0;)
      *at++ = static_cast<char>((value >> (8 * i)) & 0xff);
    return at;
  };
  auto at = put(id.begin(), static_cast<std::uint64_t>(caf::node_id::default_data::class_id), 8);
  at = put(at, process, 4);
  std::ranges::copy(host, at);
  return id;
}

caf_bridge::caf_bridge(caf::actor_system& system, lane* home) : system_{system}, home_{home} {}

caf_bridge::join_result caf_bridge::publish(const caf::strong_actor_ptr& whom) {
  const auto made = make_pair();
  if (!made)
    return made.error();
  const auto broker = broker_of(system_);
  // Without signatures the other end accepts an actor of any type. The broker gets these messages in this order.
  caf::anon_send(broker, caf::publish_atom_v, system_.middleman().backend().new_scribe(made->theirs), port_key, whom,
                 std::set<std::string>{});
  caf::anon_send(broker, caf::unpublish_atom_v, caf::actor_cast<caf::actor_addr>(whom), port_key);
  return joint{made->ours, made->theirs};
}

caf_bridge::join_result caf_bridge::connect(joined_function done) {
  const auto made = make_pair();
  if (!made)
    return made.error();
  spawn_on<joiner_actor, joiner_state>(system_, home_, broker_of(system_),
                                       system_.middleman().backend().new_scribe(made->theirs), std::move(done));
  return joint{made->ours, made->theirs};
}

void caf_bridge::left(int handle) {
  resting_.push_back({handle, std::chrono::steady_clock::now() + rest_time});
  handles_.insert(handle);
}

boost::system::result<caf_bridge::ends, std::string> caf_bridge::make_pair() {
  const auto now = std::chrono::steady_clock::now();
  for (; !resting_.empty() && resting_.front().until <= now; resting_.pop_front())
    handles_.erase(handles_.find(resting_.front().handle));
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0)
    return std::string{"no socket to the middleman: "} + std::strerror(errno);
  while (handles_.contains(pair[1])) {
    // Choose a number above all resting handles, as there may be thousands; if there is none, any free number.
    int other = ::fcntl(pair[1], F_DUPFD_CLOEXEC, *handles_.rbegin() + 1);
    if (other < 0)
      other = ::fcntl(pair[1], F_DUPFD_CLOEXEC, pair[1] + 1);
    const int why = errno;
    ::close(pair[1]);
    if (other < 0) {
      ::close(pair[0]);
      return std::string{"no socket to the middleman: "} + std::strerror(why);
    }
    pair[1] = other;
  }
  return ends{pair[0], pair[1]};
}

}  // namespace ability
