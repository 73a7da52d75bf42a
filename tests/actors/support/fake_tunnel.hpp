/// Connects the clusters of several nodes in one process, in place of sockets.
#pragma once

#include <algorithm>
#include <caf/send.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/cluster/messages.hpp"
#include "actors/cluster/peer_network.hpp"

namespace ability {

/// Knows the address of each listening node, and can cut the connection between any two of them.
class fake_tunnels {
public:
  /// `who` can be dialled from now on.
  void listen(const member& who, cluster_actor cluster) { listening_[who.address] = {who, std::move(cluster)}; }

  /// `address` cannot be dialled any more.
  void stop_listening(const std::string& address) { listening_.erase(address); }

  /// The network as the node `who` sees it.
  std::shared_ptr<cluster_network> network_of(const member& who);

  /// Breaks all connections between two nodes and prevents new ones until `heal`.
  void cut(const std::string& one, const std::string& other) {
    cut_.insert(std::minmax(one, other));
    for (const auto& each : connections_)
      if (std::minmax(each->ends[0].name, each->ends[1].name) == std::minmax(one, other))
        each->end("cut");
  }
  void heal() { cut_.clear(); }

  /// Number of connections that are up.
  std::size_t connections() const {
    return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& each) { return each->up; }));
  }

private:
  struct listener {
    member who;
    cluster_actor cluster;
  };
  struct end_point {
    std::string name;
    link_actor link = {};
  };
  // A connection between a dialling and a dialled node.
  struct connection {
    end_point ends[2];
    bool up = false;
    bool ended = false;

    void end(const std::string& why) {
      up = false;
      if (std::exchange(ended, true))
        return;
      for (auto& each : ends)
        if (each.link)
          caf::anon_send(std::exchange(each.link, link_actor{}), peer_connection_closed{why});
    }
  };
  using connection_ptr = std::shared_ptr<connection>;

  class way final : public peer_connection {
  public:
    explicit way(connection_ptr of) : of_{std::move(of)} {}
    const std::string& peer() const override { return of_->ends[0].name; }
    std::uint64_t bytes_sent() const override { return 0; }
    void message_handled() override {}
    bool admit() override { return true; }
    void close(std::string_view why) override { of_->end(std::string{why}); }

  private:
    connection_ptr of_;
  };

  // Either side of a handshake: side 0 has dialled.
  class door final : public pending_join {
  public:
    door(fake_tunnels& all, connection_ptr of, int side, member other, cluster_actor next)
        : all_{all}, of_{std::move(of)}, side_{side}, dialler_{std::move(other)}, next_{std::move(next)} {}
    ~door() override {
      if (!decided_)
        of_->end("closed");
    }

    void proceed(link_actor link) override {
      decided_ = true;
      of_->ends[side_].link = link;
      if (of_->ended) {
        of_->ends[side_].link = nullptr;
        caf::anon_send(link, peer_connection_closed{"closed"});
      } else if (side_ == 0) {
        caf::anon_send(next_, join_request{dialler_, std::make_shared<door>(all_, of_, 1, member{}, cluster_actor{})});
      } else {
        of_->up = true;
        caf::anon_send(of_->ends[1].link, link_connected{std::make_shared<way>(of_), nullptr});
        caf::anon_send(of_->ends[0].link,
                       link_connected{std::make_shared<way>(of_), caf::actor_cast<caf::actor>(of_->ends[1].link)});
      }
    }
    void refuse(refusal_of_node why) override {
      decided_ = true;
      of_->end(why.code);
    }

  private:
    fake_tunnels& all_;
    connection_ptr of_;
    int side_;
    member dialler_;
    cluster_actor next_;
    bool decided_ = false;
  };

  class network final : public cluster_network {
  public:
    network(fake_tunnels& all, member self) : all_{all}, self_{std::move(self)} {}
    void dial(const std::string& address, std::uint64_t attempt, cluster_actor owner) override {
      all_.dial(self_, address, attempt, owner);
    }
    void resolve(const std::string& name, cluster_actor owner) override {
      caf::anon_send(owner, name_resolved{name, {name}, {}});
    }

  private:
    fake_tunnels& all_;
    member self_;
  };

  void dial(const member& from, const std::string& address, std::uint64_t attempt, const cluster_actor& owner) {
    const auto to = listening_.find(address);
    if (to == listening_.end() || cut_.contains(std::minmax(from.name, to->second.who.name)))
      return caf::anon_send(owner, dial_failed{attempt, {"unreachable", "nobody there"}});
    std::erase_if(connections_, [](const auto& each) { return each->ended; });
    const auto& one = connections_.emplace_back(std::make_shared<connection>());
    one->ends[0].name = from.name;
    one->ends[1].name = to->second.who.name;
    caf::anon_send(
        owner, dial_reply{attempt, to->second.who, std::make_shared<door>(*this, one, 0, from, to->second.cluster)});
  }

  std::map<std::string, listener> listening_;
  std::set<std::pair<std::string, std::string>> cut_;
  std::vector<connection_ptr> connections_;
};

inline std::shared_ptr<cluster_network> fake_tunnels::network_of(const member& who) {
  return std::make_shared<network>(*this, who);
}

}  // namespace ability
