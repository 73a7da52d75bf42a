/// The sockets of the cluster as its actors see them.
#pragma once

#include <caf/send.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/cluster/messages.hpp"
#include "actors/cluster/peer_network.hpp"

namespace ability {

/// Keeps the promises of `peer_connection`.
class fake_peer_connection final : public peer_connection {
public:
  explicit fake_peer_connection(link_actor owner) : owner_{std::move(owner)} {}

  std::size_t handled = 0;
  std::optional<std::string> closed;  ///< the reason
  bool deaf = false;                  ///< does not report that it has closed

  const std::string& peer() const override { return peer_; }
  std::uint64_t bytes_sent() const override { return 0; }
  void message_handled() override { ++handled; }
  bool admit() override { return true; }
  void close(std::string_view why) override {
    if (closed)
      return;
    closed = why;
    if (!deaf)
      breaks(*closed);
  }

  /// Ends the connection.
  void breaks(const std::string& why) {
    if (owner_)
      caf::anon_send(std::exchange(owner_, link_actor{}), peer_connection_closed{why});
  }

private:
  const std::string peer_ = "192.0.2.1:1";
  link_actor owner_;
};

/// Records the cluster's decision on a join request.
class fake_door final : public pending_join {
public:
  std::vector<link_actor> let_in;
  std::vector<std::string> refused;  ///< codes

  void proceed(link_actor link) override { let_in.push_back(std::move(link)); }
  void refuse(refusal_of_node why) override { refused.push_back(std::move(why.code)); }

  bool is_waiting() const { return let_in.empty() && refused.empty(); }
};

/// Records the attempts to dial; the test plays the other nodes.
class fake_cluster_network final : public cluster_network {
public:
  struct attempt {
    std::string address;
    std::uint64_t number;
  };

  std::vector<attempt> dialled;
  std::map<std::string, std::vector<std::string>> names;  ///< other names resolve to themselves; empty: not found
  std::vector<std::string> looked_up;
  cluster_actor owner;

  void dial(const std::string& address, std::uint64_t number, cluster_actor whom) override {
    dialled.push_back({address, number});
    owner = std::move(whom);
  }

  void resolve(const std::string& name, cluster_actor whom) override {
    looked_up.push_back(name);
    const auto known = names.find(name);
    auto found = known == names.end() ? std::vector{name} : known->second;
    caf::anon_send(whom, name_resolved{name, std::move(found), "no such name"});
    owner = std::move(whom);
  }
};

}  // namespace ability
