#include "config/option_checks.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/health_pages.hpp"
#include "config/option.hpp"
#include "config/publication_options.hpp"
#include "config/redis_url.hpp"

namespace ability {
namespace {

class checker {
public:
  checker(const options& values, const option_layers& given) : o_{values}, given_{given} {}

  std::string first_contradiction() const {
    for (const auto check : {&checker::certificates, &checker::clients, &checker::cluster, &checker::logs,
                             &checker::addresses, &checker::pages})
      if (auto sentence = (this->*check)(); !sentence.empty())
        return sentence;
    return {};
  }

private:
  std::string origin(const std::string& name) const { return given_.origin(name); }

  // A certificate and its key are given together.
  std::string pair(const char* one, const std::string& certificate, const char* other, const std::string& key) const {
    if (certificate.empty() == key.empty())
      return {};
    return origin(key.empty() ? one : other) + " is given without " + flag_name(key.empty() ? other : one) +
           ", but TLS needs both.";
  }

  std::string certificates() const {
    auto sentence = pair("ssl_cert", o_.server.ssl_cert, "ssl_key", o_.server.ssl_key);
    return sentence.empty() ? pair("redis_tls_client_cert_path", o_.redis.tls.certificate_file,
                                   "redis_tls_client_key_path", o_.redis.tls.key_file)
                            : sentence;
  }

  std::string clients() const {
    const bool hmac = o_.tokens.secrets.empty()
                          ? !o_.secret.empty()
                          : std::ranges::any_of(o_.tokens.secrets, [](const auto& key) { return key != "none"; });
    if (o_.node.token_required && !hmac && o_.tokens.public_key_files.empty() && o_.tokens.key_set.empty())
      return origin("enforce_jwt") + " is given without a key to check tokens with: --jwt-secret, --secret, " +
             "--jwt-public-key or --jwt-jwks.";
    if (o_.edge.proxy_protocol && o_.trusted_proxies.empty())
      return origin("proxy_protocol") + " is given without --trusted-proxies, whose connections have its header.";
    return {};
  }

  std::string cluster() const {
    const auto& tls = o_.tunnel;
    if (!o_.node.cluster.join.empty() && o_.cluster_listen.empty())
      return origin("cluster_join") + " is given without --cluster-listen, where the others link to this node.";
    if (!o_.cluster_listen.empty() && tls.secret.empty() && o_.secret.empty())
      return origin("cluster_listen") +
             " is given without a secret that nodes prove to each other: --cluster-secret or --secret.";
    if (auto sentence = pair("cluster_cert", tls.certificate_file, "cluster_key", tls.key_file); !sentence.empty())
      return sentence;
    if (!tls.certificate_file.empty() && tls.ca_file.empty() &&
        (!o_.cluster_listen.empty() || tls.monitor_ca_file.empty()))
      return origin("cluster_cert") +
             " is given without --cluster-ca, the authorities whose certificates others must have.";
    if (!tls.ca_file.empty() && tls.certificate_file.empty())
      return origin("cluster_ca") + " is given without --cluster-cert, but both ends show a certificate.";
    if (!o_.cluster_listen.empty() && o_.node.history.broker == history_broker::memory)
      return origin("broker") + " is memory, which keeps publications on one node, but --cluster-listen makes a " +
             "cluster; give --broker none, or leave it out.";
    if (is_anywhere(o_.cluster_listen) && o_.node.cluster.self.address.empty())
      return origin("cluster_listen") + " is " + quoted_excerpt(o_.cluster_listen) +
             ", every interface, so --cluster-advertise must tell the address that other nodes are to use.";
    return {};
  }

  bool names_redis_cluster() const {
    const auto url = parse_redis_url(o_.redis_url);
    const auto* const read = std::get_if<redis_url>(&url);
    return read != nullptr && !read->cluster.empty();
  }

  std::string logs() const {
    const bool uses_cluster = o_.node.history.broker == history_broker::redis || reads_redis_stream(o_);
    if (names_redis_cluster() && (!uses_cluster || reads_redis_channel(o_)))
      return origin("redis_url") +
             " names a Redis Cluster without --broker redis or --broadcast-adapter redisx; publications by Redis' " +
             "pub/sub come from one server, and any of a cluster will do: redis://HOST.";
    if (names_redis_cluster() && !o_.redis_sentinels.empty())
      return origin("redis_sentinels") + " is given with a Redis Cluster in --redis-url, which has no Sentinels.";
    if (o_.node.history.broker != history_broker::redis)
      return sentinels();
    static constexpr std::string_view remedy =
        "but what comes on a channel reaches every node by itself and would be kept once for each; use a Redis stream "
        "(--broadcast-adapter redisx) or publish by HTTP, and leave it out.";
    if (!names_redis(o_.redis_url))
      return origin("broker") + " is redis, but no Redis is named: give --redis-url.";
    if (o_.redis.channel != redis_endpoint{}.channel)
      return origin("redis_channel") + " is given with --broker redis, " + std::string{remedy};
    if (std::ranges::count(o_.broadcast_adapters, "redis") > 0)
      return origin("broadcast_adapter") + " names redis, Redis' pub/sub, with --broker redis, " + std::string{remedy};
    return {};
  }

  std::string sentinels() const {
    if (o_.redis_sentinels.empty() || (reads_redis_stream(o_) && !reads_redis_channel(o_)))
      return {};
    if (reads_redis_stream(o_))
      return origin("redis_sentinels") +
             " is given, but --broadcast-adapter names redis, whose channel is read from one server; leave redis "
             "out, " +
             "as publications come by redisx.";
    return origin("redis_sentinels") + " is given without --broker redis or --broadcast-adapter redisx; publications " +
           "by Redis' pub/sub come from one server, which --redis-url names.";
  }

  static bool is_anywhere(const std::string& address) {
    return address.starts_with("0.0.0.0:") || address.starts_with("[::]:");
  }

  // Addresses that this node or others dial.
  std::string addresses() const {
    const auto& self = o_.node.cluster.self.address;
    if (is_anywhere(self))
      return origin("cluster_advertise") + " is " + quoted_excerpt(self) +
             ", every interface, but must be the address that other nodes are to use.";
    const auto has_no_port = [](const std::string& address) { return address.ends_with(":0"); };
    if (has_no_port(self))
      return origin("cluster_advertise") + " is " + quoted_excerpt(self) + ", but no node can be reached at port 0.";
    const auto& join = o_.node.cluster.join;
    if (const auto found = std::ranges::find_if(join, has_no_port); found != join.end())
      return origin("cluster_join") + " holds " + quoted_excerpt(*found) + ", but no node can be reached at port 0.";
    return {};
  }

  struct page {
    std::string name;  // of the option
    std::string path;
    bool is_below = false;  // of the path that the option gives
  };

  static std::string below(const std::string& path, const char* name) {
    return (path.ends_with('/') ? path : path + '/') + name;
  }

  // Two pages at one path are refused: one would hide the other.
  std::string pages() const {
    const auto& edge = o_.edge;
    std::vector<page> all;
    all.reserve(edge.cable_paths.size());
    for (const auto& path : edge.cable_paths)
      all.push_back({"path", path});
    const std::vector<page> everywhere{{"health_path", edge.health_path},
                                       {"health_path", live_path(edge.health_path), true},
                                       {"health_path", ready_path(edge.health_path), true}};
    all.insert(all.end(), everywhere.begin(), everywhere.end());
    const page metrics{"metrics_http", edge.metrics_path};
    const bool has_metrics = edge.metrics_path != "none";
    if (has_metrics)
      all.push_back(metrics);
    const std::vector<page> of_publishers{{"http_broadcast_path", edge.broadcast_path},
                                          {"api_path", below(edge.api_path, "publish"), true}};
    const bool has_own_port = o_.server.broadcast_port != 0 && o_.server.broadcast_port != o_.server.port;
    if (!has_own_port)
      all.insert(all.end(), of_publishers.begin(), of_publishers.end());
    if (auto sentence = first_twin(all); !sentence.empty() || !has_own_port)
      return sentence;
    auto at_own_port = everywhere;
    if (has_metrics && (o_.server.metrics_port == 0 || o_.server.metrics_port == o_.server.port))
      at_own_port.push_back(metrics);
    at_own_port.insert(at_own_port.end(), of_publishers.begin(), of_publishers.end());
    return first_twin(at_own_port);
  }

  // A sentence about the first of the pages of one port that has the path of another one; empty: none has.
  std::string first_twin(const std::vector<page>& all) const {
    for (auto one = all.begin(); one != all.end(); ++one) {
      const auto other = std::find_if(all.begin(), one, [&](const page& each) { return each.path == one->path; });
      if (other == one)
        continue;
      const auto path = quoted_excerpt(one->path);
      if (one->is_below)
        return origin(one->name) + " has " + path + " below it, which must differ from " + flag_name(other->name) + ".";
      if (other->name == one->name)
        return origin(one->name) + " holds " + path + " twice.";
      return origin(one->name) + " is " + path + ", but must differ from " + flag_name(other->name) + ".";
    }
    return {};
  }

  const options& o_;
  const option_layers& given_;
};

}  // namespace

std::string contradiction_in(const options& values, const option_layers& given) {
  return checker{values, given}.first_contradiction();
}

}  // namespace ability
