// Options of the cluster and of the monitor that require each other.
#define CAF_SUITE cluster_options

#include "caf/test/unit_test.hpp"
#include "options_fixture.hpp"

CAF_TEST_FIXTURE_SCOPE(cluster_options_tests, options_fixture)

CAF_TEST(a node alone is the default) {
  const auto o = good({});
  CAF_CHECK(o.cluster_listen.empty() && o.node.cluster.join.empty() && o.monitor_listen.empty());
}

CAF_TEST(a node of a cluster has an address and a secret) {
  const auto o = good({"--cluster-listen=127.0.0.1:7700", "--cluster-join=a:7700,[::1]:7701", "--cluster-secret=s"});
  CAF_CHECK_EQUAL(o.cluster_listen, "127.0.0.1:7700");
  CAF_CHECK(o.node.cluster.join == std::vector<std::string>({"a:7700", "[::1]:7701"}));
  CAF_CHECK_EQUAL(good({"--cluster-listen=a:1", "--secret=s"}).cluster_listen, "a:1");
  CAF_CHECK_EQUAL(mistake({"--cluster-listen=a:1"}),
                  "--cluster-listen is given without a secret that nodes prove to each other: --cluster-secret or "
                  "--secret.");
  CAF_CHECK_EQUAL(mistake({"--cluster-join=a:1", "--secret=s"}),
                  "--cluster-join is given without --cluster-listen, where the others link to this node.");
}

CAF_TEST(addresses have a host and a port) {
  for (const auto* value : {"a", "7700", ":7700", "a:", "a:x", "a:65536", "::1:7700", "tcp://a:1"}) {
    CAF_CHECK_NOT_EQUAL(mistake({"--cluster-listen", value, "--secret=s"}), "");
    CAF_CHECK_NOT_EQUAL(mistake({"--monitor-listen", value}), "");
    CAF_CHECK_NOT_EQUAL(mistake({"--cluster-listen=a:1", "--secret=s", "--cluster-join", value}), "");
  }
  CAF_CHECK_NOT_EQUAL(mistake({"--cluster-listen=a:1", "--secret=s", "--cluster-join=a:1,,b:2"}), "");
}

CAF_TEST(certificates come with a key and an authority) {
  const std::vector<std::string> listen{"--cluster-listen=a:1", "--secret=s"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), listen.begin(), listen.end());
    return more;
  };
  CAF_CHECK_EQUAL(mistake(with({"--cluster-cert=c"})),
                  "--cluster-cert is given without --cluster-key, but TLS needs both.");
  CAF_CHECK_EQUAL(mistake(with({"--cluster-key=k"})),
                  "--cluster-key is given without --cluster-cert, but TLS needs both.");
  CAF_CHECK_EQUAL(mistake(with({"--cluster-cert=c", "--cluster-key=k"})),
                  "--cluster-cert is given without --cluster-ca, the authorities whose certificates others must have.");
  CAF_CHECK_EQUAL(mistake(with({"--cluster-ca=a"})),
                  "--cluster-ca is given without --cluster-cert, but both ends show a certificate.");
  CAF_CHECK_EQUAL(good(with({"--cluster-cert=c", "--cluster-key=k", "--cluster-ca=a"})).tunnel.ca_file, "a");
  CAF_CHECK_EQUAL(
      good({"--monitor-listen=a:1", "--cluster-cert=c", "--cluster-key=k", "--monitor-ca=m"}).tunnel.monitor_ca_file,
      "m");
}

CAF_TEST(every interface is no address to tell others) {
  for (const auto* value : {"0.0.0.0:7700", "[::]:7700"}) {
    CAF_CHECK_EQUAL(mistake({"--secret=s", "--cluster-listen", value}),
                    "--cluster-listen is \"" + std::string{value} +
                        "\", every interface, so --cluster-advertise must tell the address that other nodes are to "
                        "use.");
    CAF_CHECK_EQUAL(
        good({"--secret=s", "--cluster-advertise=10.0.0.1:7700", "--cluster-listen", value}).node.cluster.self.address,
        "10.0.0.1:7700");
  }
}

CAF_TEST(what is dialled is an address of one node) {
  const std::vector<std::string> listen{"--cluster-listen=a:1", "--secret=s"};
  const auto with = [&](const std::string& more) { return mistake({listen[0], listen[1], more}); };
  CAF_CHECK_EQUAL(with("--cluster-join=b:1,a:0"),
                  "--cluster-join holds \"a:0\", but no node can be reached at port 0.");
  CAF_CHECK_EQUAL(with("--cluster-advertise=a:0"),
                  "--cluster-advertise is \"a:0\", but no node can be reached at port 0.");
  for (const auto* value : {"0.0.0.0:5", "[::]:5"})
    CAF_CHECK_EQUAL(with(std::string{"--cluster-advertise="} + value),
                    "--cluster-advertise is \"" + std::string{value} +
                        "\", every interface, but must be the address that other nodes are to use.");
}

CAF_TEST(names of nodes fit a log line) {
  CAF_CHECK_EQUAL(good({"--node-name=eu-1"}).node.cluster.self.name, "eu-1");
  CAF_CHECK_NOT_EQUAL(mistake({"--node-name=a b"}), "");
  CAF_CHECK_NOT_EQUAL(mistake({"--node-name", std::string(65, 'a')}), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
