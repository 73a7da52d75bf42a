// Labels: hardened
#define CAF_SUITE tunnel_tls
#include <caf/openssl/all.hpp>

#include "tests/net/cluster/tunnel_certificates.hpp"
#include "tests/net/cluster/tunnel_program.hpp"
#include "tests/net/cluster/tunnel_raw.hpp"

using namespace ability;
using namespace ability::test;

namespace {

struct fixture {
  authorities files;

  tunnel_settings secure(const std::string& name, const std::string& shows = "node",
                         const std::string& trusts = "cluster") {
    auto made = tunnel_node::plain(name);
    made.certificate_file = files.file(shows + ".pem");
    made.key_file = files.file(shows + ".key");
    made.ca_file = files.file(trusts + ".pem");
    return made;
  }

  // Settings with a monitor for programs with certificates.
  tunnel_settings watched(const std::string& name) {
    auto made = secure(name);
    made.monitor = tunnel_address{"127.0.0.1", 0};
    made.monitor_ca_file = files.file("monitor.pem");
    return made;
  }
};

using ssl_ptr = std::unique_ptr<SSL, decltype(&SSL_free)>;
using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// A TLS client without a certificate: handshakes, and sends a byte. True if it then receives at least one byte.
bool let_in(std::uint16_t port, int newest_version) {
  raw_client client{port};
  const context_ptr context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SSL_CTX_set_max_proto_version(context.get(), newest_version);
  const ssl_ptr session{SSL_new(context.get()), SSL_free};
  SSL_set_fd(session.get(), client.native());
  if (SSL_connect(session.get()) != 1)
    return false;
  SSL_write(session.get(), "A", 1);
  char answer = 0;
  return SSL_read(session.get(), &answer, 1) > 0;
}

// Configuration of a monitoring program with a certificate.
struct secure_config : program_config {
  secure_config(const authorities& files, const std::string& shows, const std::string& trusts) {
    load<caf::openssl::manager>();
    openssl_certificate = files.file(shows + ".pem");
    openssl_key = files.file(shows + ".key");
    openssl_cafile = files.file(trusts + ".pem");
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_tls_tests, fixture)

CAF_TEST(nodes of one authority link) {
  tunnel_node a{secure("a")};
  tunnel_node b{secure("b")};
  CAF_REQUIRE(linked(a, b));
  const std::string large(1'000'000, 'x');
  a.tell_link(large);
  CAF_CHECK(b.notes->await("packet ") == large.substr(0, 64));
  b.tell_link("back");
  CAF_CHECK(a.notes->await("packet ") == "back");
  a.tell_link("last");
  a.tell_link("CLOSE");
  CAF_CHECK(b.notes->await("packet last") == " ");
  CAF_CHECK(b.notes->await("closed ") == "the other end closed the connection");
}

CAF_TEST(a node of another authority is not let in and both ends say so) {
  tunnel_node b{secure("b")};
  tunnel_node stranger{secure("s", "stranger", "cluster")};
  stranger.dial(b.address());
  const auto why = stranger.notes->await("failed ");
  CAF_CHECK(contains(why, "tls_failed: "));
  CAF_CHECK(contains(why, "unknown ca"));
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed));
  CAF_CHECK(b.notes->count("knocks ") == 0);
  // A dialled node of another authority is not trusted either.
  b.dial(stranger.address());
  CAF_CHECK(contains(b.notes->await("failed "), "the certificate is not trusted"));
  CAF_CHECK(stranger.await_refused(tunnel_refusal::tls_failed));
}

CAF_TEST(a certificate for monitoring does not make a node) {
  tunnel_node b{secure("b")};
  tunnel_node other{secure("o", "program", "cluster")};
  other.dial(b.address());
  CAF_CHECK(!other.notes->await("failed ").empty());
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed));
}

CAF_TEST(who shows no certificate is not let in) {
  tunnel_node b{watched("b")};
  CAF_CHECK(!let_in(b.port(), TLS1_3_VERSION));
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed));
  CAF_CHECK(!let_in(b.monitor_port(), TLS1_3_VERSION));
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed, 2));
}

CAF_TEST(older versions of TLS are not spoken) {
  tunnel_node b{watched("b")};
  CAF_CHECK(!let_in(b.port(), TLS1_2_VERSION));
  CAF_CHECK(!let_in(b.monitor_port(), TLS1_2_VERSION));
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed, 2));
}

CAF_TEST(failed handshakes do not touch links) {
  tunnel_node a{secure("a")};
  tunnel_node b{secure("b")};
  CAF_REQUIRE(linked(a, b));
  for (std::uint64_t i = 1; i <= 20; ++i) {
    raw_client garbage{b.port()};
    CAF_CHECK(garbage.send("ABILITY\n and so on, without any TLS"));
    CAF_CHECK(garbage.await_end());
    CAF_CHECK(!let_in(b.port(), TLS1_3_VERSION));
    a.tell_link("still here");
    CAF_CHECK(b.notes->await("packet still here", i) == " ");
  }
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed, 40));
  CAF_CHECK(b.notes->count("closed ") == 0);
}

CAF_TEST(who makes no handshake is closed in time) {
  auto settings = secure("b");
  settings.limits.handshake = 300ms;
  tunnel_node b{settings};
  raw_client silent{b.port()};
  CAF_CHECK(silent.await_end());
  CAF_CHECK(b.await_refused(tunnel_refusal::handshake_timeout));
}

CAF_TEST(a plain node and one with TLS do not link) {
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{secure("b")};
  a.dial(b.address());
  const auto why = a.notes->await("failed ");
  CAF_CHECK(contains(why, "tls_required: "));
  CAF_CHECK(contains(why, "give --cluster-cert, --cluster-key and --cluster-ca"));
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed));
  b.dial(a.address());
  const auto other = b.notes->await("failed ");
  CAF_CHECK(contains(other, "tls_failed: "));
  CAF_CHECK(contains(other, "speak no TLS: start all with --cluster-cert, --cluster-key and --cluster-ca, or none"));
}

CAF_TEST(beyond loopback addresses only TLS is spoken) {
  auto open = tunnel_node::plain("a");
  open.cluster->host = "0.0.0.0";
  tunnel_node a{open};
  CAF_CHECK(contains(a.refusal, "cannot listen at 0.0.0.0 port 0: "));
  CAF_CHECK(contains(a.refusal, "give --cluster-cert, --cluster-key and --cluster-ca, or listen at 127.0.0.1"));
  a.dial("192.0.2.1:7946");
  CAF_CHECK(contains(a.notes->await("failed "), "give --cluster-cert, --cluster-key and --cluster-ca"));
  auto safe = secure("b");
  safe.cluster->host = "0.0.0.0";
  tunnel_node b{safe};
  CAF_CHECK(b.refusal.empty());
  auto seen = secure("c");
  seen.monitor = tunnel_address{"0.0.0.0", 0};
  tunnel_node c{seen};
  CAF_CHECK(contains(c.refusal, "--monitor-ca"));
}

CAF_TEST(settings that make no sense are refused) {
  auto settings = secure("a");
  settings.key_file.clear();
  CAF_CHECK(contains(tunnel_node{settings}.refusal, "--cluster-key"));
  settings = secure("a");
  settings.ca_file = files.file("nosuch.pem");
  CAF_CHECK(contains(tunnel_node{settings}.refusal, "nosuch.pem: No such file"));
  settings = secure("a");
  settings.key_file = files.file("program.key");
  CAF_CHECK(contains(tunnel_node{settings}.refusal, "program.key: "));
  settings = secure("a");
  settings.secret.clear();
  CAF_CHECK(contains(tunnel_node{settings}.refusal, "--cluster-secret"));
}

CAF_TEST(certificates are loaded again for connections to come) {
  auto settings = secure("b");
  settings.certificate_file = files.file("own.pem");
  settings.key_file = files.file("own.key");
  const auto show = [&](const std::string& which) {
    for (const std::string end : {".pem", ".key"})
      std::filesystem::copy_file(files.file(which + end), files.file("own" + end),
                                 std::filesystem::copy_options::overwrite_existing);
  };
  show("stranger");
  tunnel_node a{secure("a")};
  tunnel_node b{settings};
  a.dial(b.address());
  CAF_CHECK(contains(a.notes->await("failed "), "the certificate is not trusted"));
  show("node");
  const auto loaded = tunnel::load_certificates(settings);
  CAF_REQUIRE(loaded.has_value());
  b.on_lane([&] { b.uut->use(*loaded, settings.secret); });
  CAF_CHECK(linked(a, b));
  std::filesystem::remove(files.file("own.pem"));
  CAF_CHECK(!tunnel::load_certificates(settings).has_value());
  CAF_CHECK(linked(a, b, 2));
}

CAF_TEST(a stock monitoring program attaches with a certificate for it) {
  tunnel_node b{watched("b")};
  program<secure_config> one{files, "program", "cluster"};
  CAF_REQUIRE(one.take(caf::openssl::remote_actor(one.system, "127.0.0.1", b.monitor_port())));
  CAF_CHECK(one.ask("status") == "status {}");
  CAF_CHECK(b.notes->await("asked ") == "status");
}

CAF_TEST(a stock monitoring program of another authority does not attach) {
  tunnel_node b{watched("b")};
  program<secure_config> one{files, "node", "cluster"};
  CAF_CHECK(!one.take(caf::openssl::remote_actor(one.system, "127.0.0.1", b.monitor_port())));
  CAF_CHECK(b.await_refused(tunnel_refusal::tls_failed));
  CAF_CHECK(b.notes->count("attached") == 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
