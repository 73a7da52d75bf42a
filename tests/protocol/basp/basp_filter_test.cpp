#define CAF_SUITE cluster_basp_filter
#include "protocol/basp/basp_filter.hpp"

#include "caf/test/unit_test.hpp"
#include "tests/protocol/basp/basp_ends.hpp"

using namespace ability;
using namespace ability::basp_ends;

// -- handshakes

CAF_TEST(the peer is known by what stands in for it) {
  auto accepted = new_ends(side::accepted);
  CAF_CHECK(accepted.in(client_hello()) == message({client_handshake}, stand_in('x')));
  auto dialled = new_ends(side::dialled);
  CAF_CHECK(dialled.in(server_hello()) == message({server_handshake, 3}, stand_in('x') + "app ids and so on"));
}

CAF_TEST(a connection is established by two handshakes) {
  auto here = new_ends(side::accepted);
  CAF_CHECK(!here.filter.established());
  here.in(client_hello());
  CAF_CHECK(!here.filter.established());
  CAF_CHECK(here.go(server_hello()) == server_hello());
  CAF_CHECK(here.filter.established());
}

CAF_TEST(the first message is the handshake of who sends it) {
  for (int operation = 0; operation < 256; ++operation) {
    const auto first = message({operation, plain, 1, 1}, program_id);
    CAF_CHECK(refused(first, new_ends(side::accepted)) == errc::wrong_value);
    CAF_CHECK(refused(first, new_ends(side::dialled)) == errc::wrong_value);
    CAF_CHECK(defect(message({operation}, operation == client_handshake ? "short" : program_id),
                     new_ends(side::dialled)) == errc::wrong_value);
  }
  CAF_CHECK(refused(server_hello(), new_ends(side::accepted)) == errc::wrong_value);
  CAF_CHECK(refused(client_hello(), new_ends(side::dialled)) == errc::wrong_value);
  CAF_CHECK(defect(client_hello(), new_ends(side::accepted)) == errc::wrong_value);
}

CAF_TEST(nothing else comes before both handshakes) {
  auto here = new_ends(side::accepted);
  here.in(client_hello());
  CAF_CHECK(refused(text_message(), here) == errc::wrong_value);
  CAF_CHECK(refused(message({heartbeat}), here) == errc::wrong_value);
  auto other = new_ends(side::accepted);
  other.go(server_hello());
  CAF_CHECK(refused(message({heartbeat}), other) == errc::wrong_value);
  CAF_CHECK(defect(message({heartbeat}), other) == errc::wrong_value);
}

CAF_TEST(a client may repeat its handshake and a server may not ) {
  ends accepted;
  for (int times = 0; times < 3; ++times)
    CAF_CHECK(accepted.in(client_hello(2)) == message({.operation = client_handshake, .flags = 2}, stand_in('x')));
  CAF_CHECK(refused(client_hello(0)) == errc::wrong_value);
  CAF_CHECK(refused(client_hello(2), new_ends(side::accepted)) == errc::wrong_value);
  CAF_CHECK(refused(message({.operation = client_handshake, .flags = 2}, server_id)) == errc::wrong_type);
  CAF_CHECK(refused(server_hello(), ends{side::dialled}) == errc::wrong_value);
  ends dialled{side::dialled};
  CAF_CHECK(dialled.go(client_hello(2)) == client_hello(2));
  CAF_CHECK(defect(message({.operation = client_handshake, .flags = 2}, server_id), dialled) == errc::wrong_type);
  CAF_CHECK(defect(server_hello()) == errc::wrong_value);
}

CAF_TEST(a handshake that is none is refused) {
  const auto client = new_ends(side::accepted);
  const auto server = new_ends(side::dialled);
  const auto no_id = std::string(program_id.size(), '\1');
  CAF_CHECK(refused(message({client_handshake}, no_id), client) == errc::wrong_value);
  CAF_CHECK(refused(message({server_handshake, 3}, no_id), server) == errc::wrong_value);
  CAF_CHECK(refused(message({client_handshake}, program_id + "x"), client) == errc::wrong_value);
  CAF_CHECK(refused(message({client_handshake}, program_id.substr(1)), client) == errc::wrong_value);
  CAF_CHECK(refused(message({client_handshake}), client) == errc::wrong_value);
  CAF_CHECK(refused(message({server_handshake, 3}, server_id.substr(1)), server) == errc::wrong_value);
  CAF_CHECK(refused(message({server_handshake, 2}, server_id), server) == errc::wrong_value);
  CAF_CHECK(refused(message({client_handshake, 3}, program_id), client) == errc::wrong_value);
  CAF_CHECK(refused(message({client_handshake, 0, 1}, program_id), client) == errc::wrong_value);
  CAF_CHECK(refused(message({client_handshake, 0, 0, 1}, program_id), client) == errc::wrong_value);
  CAF_CHECK(refused(message({.operation = client_handshake, .flags = 1}, program_id), client) == errc::wrong_value);
  CAF_CHECK(refused(message({.operation = server_handshake, .data = 3, .flags = 2}, server_id), server) ==
            errc::wrong_value);
}

CAF_TEST(the size of a handshake is bounded) {
  auto here = new_ends(side::dialled);
  const auto largest = server_id + std::string(max_basp_handshake - server_id.size(), 'x');
  CAF_CHECK_EQUAL(here.in(message({server_handshake, 3}, largest)).size(), basp_header_size + max_basp_handshake);
  // The header alone, without a byte of the payload.
  for (const std::size_t size : {max_basp_handshake + 1, std::size_t{0xffff'ffff}}) {
    const head too_large{.operation = server_handshake, .data = 3, .size = size};
    CAF_CHECK(refused(message(too_large), new_ends(side::dialled)) == errc::too_large);
  }
}

// -- headers

CAF_TEST(headers that are none are refused) {
  for (int operation = 7; operation < 256; ++operation)
    CAF_CHECK(refused(message({operation})) == errc::wrong_value);
  for (const int operation : {direct, routed, monitor, down, heartbeat}) {
    for (const int padding : {1, 0x80, 0x100, 0x8000})
      CAF_CHECK(refused(message({.operation = operation, .data = plain, .dest = ours, .padding = padding}, one_text)) ==
                errc::wrong_value);
    for (int flags = 1; flags < 256; flags *= 2) {
      if (operation != direct || flags != 1)
        CAF_CHECK(refused(message({.operation = operation, .dest = ours, .flags = flags}, one_text)) ==
                  errc::wrong_value);
    }
  }
  CAF_CHECK(refused(message({direct, plain, theirs, 0}, one_text)) == errc::wrong_value);
  CAF_CHECK(refused(message({direct, plain, theirs, ours})) == errc::wrong_value);
  CAF_CHECK(refused(message({routed, plain, theirs, ours})) == errc::wrong_value);
  CAF_CHECK(refused(message({heartbeat}, "x")) == errc::wrong_value);
  CAF_CHECK(refused(message({heartbeat, 1})) == errc::wrong_value);
  CAF_CHECK(refused(message({heartbeat, 0, 1})) == errc::wrong_value);
  CAF_CHECK(refused(message({heartbeat, 0, 0, 1})) == errc::wrong_value);
}

CAF_TEST(sizes are bounded as soon as the header is seen) {
  for (const int operation : {direct, routed})
    for (const std::size_t size : {max_payload + 1, std::size_t{0xffff'ffff}}) {
      const head large{.operation = operation, .data = plain, .dest = ours, .size = size};
      CAF_CHECK(refused(message(large)) == errc::too_large);
    }
  const head named{.operation = direct, .data = plain, .dest = ours, .flags = 1, .size = max_payload + 1};
  CAF_CHECK(refused(message(named)) == errc::too_large);
  const head gone{.operation = down, .source = theirs, .size = 1'025};
  CAF_CHECK(refused(message(gone)) == errc::too_large);
}

CAF_TEST(a whole header is waited for) {
  ends here;
  const auto whole = message({9});
  CAF_CHECK(here.in(whole.substr(0, 31)).empty());
  CAF_CHECK(refused(whole.substr(31), here) == errc::wrong_value);
}

// -- monitors and ends of actors

CAF_TEST(an admitted actor is monitored by what stands in for the peer) {
  ends here;
  CAF_CHECK(here.in(message({monitor, 0, 0, ours}, here.peer + here.own)) ==
            message({monitor, 0, 0, ours}, stand_in('x') + here.own));
  CAF_CHECK(here.drops(message({monitor, 0, 0, ours + 1}, here.peer + here.own)));
  CAF_CHECK_EQUAL(here.filter.messages_in(), 0u);
}

CAF_TEST(a reason for being down has no context) {
  ends here;
  const auto code = an_error.substr(14);
  for (const auto& context : {""s, no_context, typed("@<>+@str").substr(1) + "\2hi"s, std::string(951, '\xff')})
    CAF_CHECK(here.in(message({down, 0, theirs}, joined({here.peer, here.own, code, context})) + text_message()) ==
              message({down, 0, theirs}, joined({stand_in('x'), here.own, code, no_context})) + text_message());
}

CAF_TEST(nobody speaks for another node) {
  const ends here;
  const auto code = an_error.substr(14);
  const auto other = stand_in('y');
  for (const auto& ids :
       {here.own + here.own, here.peer + here.peer, other + here.own, here.peer + other, stand_in('x') + here.own}) {
    CAF_CHECK(refused(message({monitor, 0, 0, ours}, ids)) == errc::wrong_type);
    CAF_CHECK(refused(message({monitor, 0, 0, ours + 1}, ids)) == errc::wrong_type);
    CAF_CHECK(refused(message({down, 0, theirs}, joined({ids, code, no_context}))) == errc::wrong_type);
  }
}

CAF_TEST(monitor and down messages of another form are refused) {
  const ends here;
  const auto ids = here.peer + here.own;
  const auto code = an_error.substr(14);
  CAF_CHECK(refused(message({monitor, 0, 0, ours}, ids + "x")) == errc::wrong_value);
  CAF_CHECK(refused(message({monitor, 0, 0, ours}, ids.substr(1))) == errc::wrong_value);
  CAF_CHECK(refused(message({monitor, 1, 0, ours}, ids)) == errc::wrong_value);
  CAF_CHECK(refused(message({monitor, 0, 1, ours}, ids)) == errc::wrong_value);
  CAF_CHECK(refused(message({down, 0, theirs}, ids + code.substr(1))) == errc::wrong_value);
  CAF_CHECK(refused(message({down, 0, 0}, ids + code)) == errc::wrong_value);
  CAF_CHECK(refused(message({down, 0, theirs, ours}, ids + code)) == errc::wrong_value);
  CAF_CHECK(refused(message({down, 1, theirs}, ids + code)) == errc::wrong_value);
}

// -- outbound

CAF_TEST(the peer sees its own id) {
  ends here;
  const auto error = an_error.substr(14) + typed("@<>+@str").substr(1) + std::string(2'000, 'x');
  CAF_CHECK(here.go(message({monitor, 0, 0, theirs}, here.own + stand_in('x'))) ==
            message({monitor, 0, 0, theirs}, here.own + here.peer));
  CAF_CHECK(here.go(message({down, 0, ours}, here.own + stand_in('x') + error) + text_message()) ==
            message({down, 0, ours}, here.own + here.peer + error) + text_message());
}

CAF_TEST(what is to be routed does not leave) {
  ends here;
  const auto link = message({routed, plain, ours, theirs}, stand_in('x') + stand_in('x') + std::string(500, 'x'));
  CAF_CHECK(here.go(link + text_message()) == text_message());
  CAF_CHECK(here.go(message({heartbeat})) == message({heartbeat}));
}

CAF_TEST(defects of this node are told) {
  const ends here;
  CAF_CHECK(defect(message({monitor, 0, 0, theirs}, here.own + here.peer)) == errc::wrong_type);
  CAF_CHECK(defect(message({monitor, 0, 0, theirs}, here.peer + stand_in('x'))) == errc::wrong_type);
  CAF_CHECK(defect(message({down, 0, ours}, here.own + here.own + an_error.substr(14))) == errc::wrong_type);
  CAF_CHECK(defect(message({monitor, 0, 0, theirs}, here.own)) == errc::wrong_value);
  CAF_CHECK(defect(message({7})) == errc::wrong_value);
}
