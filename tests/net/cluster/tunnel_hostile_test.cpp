#define CAF_SUITE tunnel_hostile
#include <boost/asio/write.hpp>

#include "actors/node/log.hpp"
#include "tests/net/cluster/tunnel_raw.hpp"

using namespace ability;
using namespace ability::test;

namespace {

using clock = std::chrono::steady_clock;

tunnel_settings both(const std::string& name) {
  auto made = tunnel_node::plain(name);
  made.monitor = tunnel_address{"127.0.0.1", 0};
  return made;
}

tunnel_settings hasty(const std::string& name) {
  auto made = both(name);
  made.limits.handshake = 300ms;
  return made;
}

// Two linked nodes, while other clients misbehave towards `b`.
struct fixture {
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{both("b")};
  std::size_t ended = 0;  // connections that were up

  fixture() { CAF_REQUIRE(linked(a, b)); }

  ~fixture() {
    a.tell_link("still here");
    CAF_CHECK(b.notes->await("packet still here") == " ");
    CAF_CHECK(b.notes->count("closed ") == ended);
    CAF_CHECK(b.notes->count("connected ") == 1);
  }

  hello stranger() const { return {1, 1, {make_uuid(), "stranger", "127.0.0.1:1", 1}, make_uuid()}; }

  // All bytes that `b` sends in reply until it closes.
  std::string answer_to(const std::string& bytes) {
    raw_client client{b.port()};
    CAF_CHECK(client.send(bytes));
    CAF_CHECK(client.await_end());
    return client.last;
  }

  refusal_of_node refusal(const std::string& answer) {
    CAF_REQUIRE(answer.size() > handshake_header_size);
    const auto read = decode_handshake_message(std::string_view{answer}.substr(handshake_header_size));
    CAF_REQUIRE(read.has_value());
    const auto* no = std::get_if<refusal_of_node>(&*read);
    CAF_REQUIRE(no != nullptr);
    return *no;
  }
};

std::string said(const hello& what) { return std::string{handshake_magic} + encode_handshake_message(what); }

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_hostile_tests, fixture)

CAF_TEST(garbage is not answered) {
  CAF_CHECK(answer_to("GET / HTTP/1.1\r\n\r\n").empty());
  CAF_CHECK(answer_to(std::string(100'000, '\0')).empty());
  CAF_CHECK(answer_to("ABILITy\n").empty());
  CAF_CHECK(b.refused(tunnel_refusal::malformed) == 3);
}

CAF_TEST(a monitoring program is not let in where nodes are) {
  CAF_CHECK(answer_to(basp_hello()).empty());
  CAF_CHECK(b.refused(tunnel_refusal::malformed) == 1);
}

CAF_TEST(a node is not let in where monitoring programs are) {
  raw_client client{b.monitor_port()};
  CAF_CHECK(client.send(said(stranger())));
  CAF_CHECK(client.await_end());
  CAF_CHECK(client.last.empty());
  CAF_CHECK(b.refused(tunnel_refusal::malformed) == 1);
}

CAF_TEST(a greeting that is too long is refused before it is read) {
  const std::string magic{handshake_magic};
  CAF_CHECK(refusal(answer_to(magic + std::string{"\xff\xff\xff\xff", 4})).code == "malformed");
  CAF_CHECK(refusal(answer_to(magic + std::string{"\0\0\x40\x01", 4})).code == "malformed");
  CAF_CHECK(b.refused(tunnel_refusal::malformed) == 2);
}

CAF_TEST(greetings that are none or out of turn are refused) {
  const std::string magic{handshake_magic};
  CAF_CHECK(refusal(answer_to(magic + std::string{"\0\0\0\x02{}", 6})).code == "malformed");
  CAF_CHECK(refusal(answer_to(magic + encode_handshake_message(proof{std::string(64, '0')}))).code == "malformed");
  CAF_CHECK(refusal(answer_to(magic + encode_handshake_message(welcome{std::string(64, '0')}))).code == "malformed");
  CAF_CHECK(b.refused(tunnel_refusal::malformed) == 3);
}

CAF_TEST(another version is refused by naming both) {
  auto newer = stranger();
  newer.oldest = 7;
  newer.newest = 9;
  const auto why = refusal(answer_to(said(newer)));
  CAF_CHECK(why.code == "wrong_version");
  CAF_CHECK(contains(why.message, "version 1 "));
  CAF_CHECK(contains(why.message, " 7 to 9"));
  CAF_CHECK(b.refused(tunnel_refusal::wrong_version) == 1);
}

CAF_TEST(a wrong proof is refused whatever was said before it) {
  raw_client client{b.port()};
  const auto me = stranger();
  CAF_CHECK(client.send(said(me)));
  const auto asked = client.read_handshake();
  CAF_REQUIRE(asked && std::holds_alternative<challenge>(*asked));
  // Proof of an accepting node, which an attacker could obtain as an echo.
  CAF_CHECK(client.send(
      encode_handshake_message(proof{handshake_proof("open sesame", false, me, std::get<challenge>(*asked))})));
  const auto answer = client.read_handshake();
  CAF_REQUIRE(answer && std::holds_alternative<refusal_of_node>(*answer));
  CAF_CHECK(std::get<refusal_of_node>(*answer).code == "wrong_secret");
  CAF_CHECK(client.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::wrong_secret) == 1);
  CAF_CHECK(b.notes->count("knocks ") == 1);
}

CAF_TEST(a node that knows the secret is held to the rules of BASP) {
  raw_client client{b.port()};
  const auto me = stranger();
  CAF_CHECK(client.send(said(me)));
  const auto asked = client.read_handshake();
  CAF_REQUIRE(asked && std::holds_alternative<challenge>(*asked));
  CAF_CHECK(client.send(
      encode_handshake_message(proof{handshake_proof("open sesame", true, me, std::get<challenge>(*asked))})));
  const auto answer = client.read_handshake();
  CAF_REQUIRE(answer && std::holds_alternative<welcome>(*answer));
  CAF_CHECK(std::get<welcome>(*answer).proof == handshake_proof("open sesame", false, me, std::get<challenge>(*asked)));
  CAF_CHECK(client.send(basp_header(2, 0x4000'0000, 1, 1, 1)));
  CAF_CHECK(client.await_end());
  CAF_CHECK(b.refused(tunnel_refusal::malformed) == 1);
  // The link that was spawned for the connection is told of its end.
  CAF_CHECK(contains(b.notes->await("closed "), "comes before the handshakes"));
  ended = 1;
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a node that knows the secret and then says nothing is closed in time) {
  tunnel_node b{hasty("b")};
  raw_client client{b.port()};
  const hello me{1, 1, {make_uuid(), "stranger", "127.0.0.1:1", 1}, make_uuid()};
  CAF_CHECK(client.send(said(me)));
  const auto asked = client.read_handshake();
  CAF_REQUIRE(asked && std::holds_alternative<challenge>(*asked));
  CAF_CHECK(client.send(
      encode_handshake_message(proof{handshake_proof("open sesame", true, me, std::get<challenge>(*asked))})));
  CAF_CHECK(client.await_end());
  CAF_CHECK(b.await_refused(tunnel_refusal::handshake_timeout));
  CAF_CHECK(b.notes->await("closed ") == "not up within 300 ms");
  CAF_CHECK(b.notes->count("connected ") == 0);
}

CAF_TEST(a giant header at the monitor costs no memory and ends the connection) {
  tunnel_node b{both("b")};
  raw_client client{b.monitor_port()};
  CAF_CHECK(client.send(basp_hello()));
  CAF_CHECK(client.read(basp_header_size).size() == basp_header_size);
  CAF_CHECK(client.send(basp_header(2, 0x7fff'ffff, 1, 1, 1)));
  CAF_CHECK(client.await_end());
  CAF_CHECK(b.await_refused(tunnel_refusal::malformed));
  CAF_CHECK(contains(b.notes->await("closed "), "2147483647 bytes"));
  raw_client second{b.monitor_port()};
  CAF_CHECK(second.send(basp_header(1, 0x4000'0000)));
  CAF_CHECK(second.await_end());
  CAF_CHECK(b.await_refused(tunnel_refusal::malformed, 2));
}

CAF_TEST(who says nothing is closed in time while links go on) {
  tunnel_node a{tunnel_node::plain("a")};
  tunnel_node b{hasty("b")};
  CAF_REQUIRE(linked(a, b));
  const auto begin = clock::now();
  raw_client silent{b.port()};
  raw_client slow{b.port()};
  CAF_CHECK(slow.send(handshake_magic.substr(0, 3)));
  raw_client program{b.monitor_port()};
  CAF_CHECK(program.send(basp_hello().substr(0, 40)));
  raw_client unheard{b.monitor_port()};
  for (auto* each : {&silent, &slow, &program, &unheard})
    CAF_CHECK(each->await_end());
  const auto took = clock::now() - begin;
  CAF_CHECK(took >= 300ms);
  CAF_CHECK(took < 3s);
  CAF_CHECK(b.await_refused(tunnel_refusal::handshake_timeout, 4));
  a.tell_link("still here");
  CAF_CHECK(b.notes->await("packet still here") == " ");
}

CAF_TEST(a node that does not prove that it knows the secret is not linked) {
  tunnel_node a{tunnel_node::plain("a")};
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor liar{io, {boost::asio::ip::address_v4::loopback(), 0}};
  a.dial("127.0.0.1:" + std::to_string(liar.local_endpoint().port()));
  auto socket = liar.accept();
  const auto say = [&](const handshake_message& what) {
    boost::asio::write(socket, boost::asio::buffer(encode_handshake_message(what)));
  };
  say(challenge{1, {make_uuid(), "liar", "127.0.0.1:1", 1}, make_uuid()});
  CAF_CHECK(a.notes->await("answers liar") == " 1");
  say(welcome{std::string(64, '0')});
  CAF_CHECK(contains(a.notes->await("closed "), "wrong_secret: "));
}

CAF_TEST(a node that answers nonsense is told from one that does not answer) {
  auto quick = tunnel_node::plain("a");
  quick.limits.handshake = 300ms;
  tunnel_node a{quick};
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor other{io, {boost::asio::ip::address_v4::loopback(), 0}};
  const auto where = "127.0.0.1:" + std::to_string(other.local_endpoint().port());
  a.dial(where);
  auto socket = other.accept();
  boost::asio::write(socket, boost::asio::buffer(std::string{"HTTP/1.1 400 Bad Request\r\n\r\n"}));
  CAF_CHECK(contains(a.notes->await("failed "), "malformed: "));
  a.dial(where);
  CAF_CHECK(a.notes->await("failed ", 2) == "unreachable: cannot link to " + where + ": not up within 300 ms");
  a.dial(where);
  {
    auto third = other.accept();
    third = other.accept();
  }
  CAF_CHECK(contains(a.notes->await("failed ", 3), "unreachable: "));
}

namespace {

journal& written_lines() {
  static journal lines;
  return lines;
}

}  // namespace

CAF_TEST(a flood of refusals costs a line a second) {
  set_log(
      [](log_level, std::string_view message, std::initializer_list<log_field> fields) {
        std::string line{message};
        for (const auto& each : fields) {
          if (each.key != "peer")
            line += ' ' + each.value;
        }
        written_lines().add(std::move(line));
      },
      log_level::warn);
  tunnel_node b{tunnel_node::plain("b")};
  const auto garbage = [&] {
    raw_client client{b.port()};
    CAF_CHECK(client.send("garbage!"));
    CAF_CHECK(client.await_end());
  };
  const auto begin = clock::now();
  for (int i = 0; i < 20; ++i)
    garbage();
  const auto end = clock::now();
  const std::string line = "connection to the cluster or monitor refused malformed no node begins like this ";
  CAF_CHECK(written_lines().count(line) <= static_cast<std::size_t>(1 + (end - begin) / 1s));
  while (clock::now() <= end + 1s)
    std::this_thread::yield();
  garbage();
  // The last refusal is logged, with the number of those that were not.
  std::size_t told = 0;
  for (std::size_t i = 1; i <= written_lines().count(line); ++i)
    told += 1 + std::stoul(written_lines().await(line, i));
  CAF_CHECK(told == 21);
  set_log(nullptr, log_level::error);
}
