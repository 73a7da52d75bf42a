/// Helo at the beginning of a connection: said by a client, answered by a server.
/// Source: docs/protocols/flyrpc.md "Helo".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/fly/peer/engine.hpp"
#include "net/fly/peer/packet_output.hpp"
#include "net/fly/peer/terms.hpp"

namespace ability::fly {

/// Role of a peer towards the other side.
enum class side : std::uint8_t {
  client,  ///< says Helo
  server,  ///< answers a Helo
  member,  ///< answers the gateway, which says Helo for an admitted client
  link,    ///< is the link to a gateway itself: no Helo, handlers of its own
};

/// A client's Helo that waits for its answer.
struct pending_helo {
  helo_request helo;
  waiter_ptr who;          ///< gets an empty payload on success
  bool datagrams = false;  ///< over UDP: repeat the Helo
  call_table::time_point deadline = call_table::never;
  call_table::time_point again = call_table::never;
};

/// Used on the event loop's thread. Writes the Helo and the answers to it; the peer does the rest, as a `step` says.
class handshake {
public:
  using time_point = call_table::time_point;

  /// Work of the peer after a packet or a time limit, in this order.
  struct step {
    bool ignored = false;                   ///< count the packet as one without a meaning
    std::optional<terms> agreed = {};       ///< the connection is ready, on these terms
    std::optional<std::string> ended = {};  ///< end the connection and tell the other side why
    waiter_ptr who = {};                    ///< unless null, tell it `result`
    outcome<payload> result = payload{};
  };

  handshake(const engine& of, side which, packet_output& out, const terms& now)
      : engine_{of}, side_{which}, out_{out}, terms_{now} {}

  /// Says Helo.
  void say(pending_helo helo);

  /// Ends the connection unless the other side says Helo by then.
  void expect_by(time_point deadline) { deadline_ = deadline; }

  step receive(const packet& what);
  step check(time_point now);

  /// Time of the next `check`.
  time_point earliest() const noexcept;

  /// No Helo is accepted from now on.
  void finish() noexcept {
    is_over_ = true;
    deadline_ = call_table::never;
  }
  bool is_over() const noexcept { return is_over_; }

  /// Forgets the unanswered Helo and returns its waiter; null if there is none.
  waiter_ptr forget();

private:
  step answer(const packet& what);
  step answered(const packet& what);
  step refuse(const packet& what, const remote_error& why);
  step failed(remote_error why);
  outcome<std::string> authenticate(const helo_request& helo) const;
  void write_helo();

  const engine& engine_;
  const side side_;
  packet_output& out_;
  const terms& terms_;
  std::optional<pending_helo> helo_;
  time_point deadline_ = call_table::never;
  std::string first_helo_;  // with its cookie: may be repeated over UDP
  std::string first_answer_;
  bool is_over_ = false;
};

}  // namespace ability::fly
