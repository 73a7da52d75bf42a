#define CAF_SUITE tunnel_crowd
#include "tests/net/cluster/tunnel_raw.hpp"

using namespace ability;
using namespace ability::test;

namespace {

tunnel_settings two_at_a_time() {
  auto made = tunnel_node::plain("b");
  made.monitor = tunnel_address{"127.0.0.1", 0};
  made.limits.handshakes = 2;
  return made;
}

std::string said(const hello& what) { return std::string{handshake_magic} + encode_handshake_message(what); }

}  // namespace

CAF_TEST(over the bound of handshakes the oldest makes room whatever it has said) {
  tunnel_node b{two_at_a_time()};
  const hello newer{7, 7, {make_uuid(), "x", "127.0.0.1:1", 1}, make_uuid()};
  raw_client silent{b.port()};
  raw_client program{b.monitor_port()};
  CAF_CHECK(program.send(basp_hello()));
  CAF_CHECK(program.read(1).size() == 1);  // its monitor session has sent its first bytes
  raw_client refused{b.port()};
  CAF_CHECK(silent.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::crowded_out) == 1);
  CAF_CHECK(refused.send(said(newer)));
  const auto answer = refused.read_handshake();
  CAF_CHECK(answer && std::holds_alternative<refusal_of_node>(*answer));
  raw_client fourth{b.port()};
  CAF_CHECK(program.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::crowded_out) == 2);
  // The oldest connection only waits for its end, and was counted before.
  raw_client fifth{b.port()};
  CAF_CHECK(refused.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::crowded_out) == 2);
  CAF_CHECK(b.refused(tunnel_refusal::wrong_version) == 1);
  CAF_CHECK(fifth.send(said(newer)));
  CAF_CHECK(fifth.read_handshake().has_value());
  CAF_CHECK(b.refused(tunnel_refusal::other) == 0);
}

CAF_TEST(who has proved the secret need not make room) {
  tunnel_node b{two_at_a_time()};
  const auto prove = [&](raw_client& client, const char* name) {
    const hello me{1, 1, {make_uuid(), name, "127.0.0.1:1", 1}, make_uuid()};
    CAF_CHECK(client.send(said(me)));
    const auto asked = client.read_handshake();
    CAF_REQUIRE(asked && std::holds_alternative<challenge>(*asked));
    CAF_CHECK(client.send(
        encode_handshake_message(proof{handshake_proof("open sesame", true, me, std::get<challenge>(*asked))})));
    const auto answer = client.read_handshake();
    CAF_CHECK(answer && std::holds_alternative<welcome>(*answer));
  };
  raw_client first{b.port()};
  prove(first, "first");
  raw_client silent{b.port()};
  raw_client third{b.port()};
  CAF_CHECK(silent.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::crowded_out) == 1);
  prove(third, "third");
  raw_client fourth{b.port()};
  CAF_CHECK(fourth.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::other) == 1);
  CAF_CHECK(b.refused(tunnel_refusal::crowded_out) == 1);
}
