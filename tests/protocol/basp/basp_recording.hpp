/// Conversation of a stock program of CAF 0.17.6 with a stock server: `remote_actor`, sends, requests, link_to and exit
/// messages, as a relay between the two recorded it on loopback.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/basp/basp_filter.hpp"

namespace ability::recording {

enum class end { program, server };

/// Fate of a message at the filter of its receiver. Actors 8 and 9 of the program and 6 of the server are admitted.
enum class fate {
  pass,
  cut,    ///< the context of an error is removed; code and category stay
  drop,   ///< counted
  named,  ///< dropped without being counted
};

struct message {
  end from;
  const char* what;
  recording::fate fate;
  const char* hex;
};

#define PROGRAM "00003e9aab9bac7900005539bffadf3ac9f1142f6446ca706c9bb0f69b114400"
#define SERVER "00003e9aab9bac7900005506bffadf3ac9f1142f6446ca706c9bb0f69b114400"

inline const message messages[] = {
    {end::program, "the program's handshake", fate::pass,
     "0100000000000020000000000000000000000000000000000000000000000000" PROGRAM},
    {end::server, "the server's handshake", fate::pass,
     "000000000000003a000000000000000300000000000000000000000000000000" SERVER
     "010f67656e657269632d6361662d617070000000000000000600"},
    {end::server, "looks for a spawn server", fate::named,
     "020000010000002d1000000000000000000000000000000803ddd66f3376adfb"
     "00000014403c3e2b4061746f6d2b4061746f6d2b4073747200000000003f8fb800000000003ecab904696e666f"},
    {end::program, "the same handshake, selecting", fate::pass,
     "0100000200000020000000000000000000000000000000000000000000000000" PROGRAM},
    {end::program, "looks for a spawn server", fate::named,
     "020000010000002d1000000000000000000000000000000703ddd66f3376adfb"
     "00000014403c3e2b4061746f6d2b4061746f6d2b4073747200000000003f8fb800000000003ecab904696e666f"},
    {end::program, "monitors the published actor", fate::pass,
     "0400000000000040000000000000000000000000000000000000000000000006" PROGRAM SERVER},
    {end::program, "monitors the helper that looked for a spawn server", fate::drop,
     "0400000000000040000000000000000000000000000000000000000000000008" PROGRAM SERVER},
    {end::program, "answers it", fate::drop,
     "020000000000006b100000000000000000000000000000010000000000000008"
     "00000025403c3e2b4061746f6d2b407374722b407374726f6e675f6163746f725f7074722b40737472000000000000fd3004696e666f00000"
     "00000000001" PROGRAM "0c737061776e5f736572766572"},
    {end::server, "monitors the program's helper", fate::drop,
     "0400000000000040000000000000000000000000000000000000000000000007" SERVER PROGRAM},
    {end::program, "send of one string", fate::pass,
     "0200000000000010100000000000000000000000000000080000000000000006"
     "00000008403c3e2b40737472036f6e65"},
    {end::server, "answers the helper", fate::drop,
     "020000000000006b100000000000000000000000000000010000000000000007"
     "00000025403c3e2b4061746f6d2b407374722b407374726f6e675f6163746f725f7074722b40737472000000000000fd3004696e666f00000"
     "00000000001" SERVER "0c737061776e5f736572766572"},
    {end::program, "request of two strings", fate::pass,
     "020000000000001b100000000000000100000000000000080000000000000006"
     "0000000d403c3e2b407374722b4073747206737461747573027b7d"},
    {end::server, "monitors the spawn server", fate::drop,
     "0400000000000040000000000000000000000000000000000000000000000001" SERVER PROGRAM},
    {end::server, "monitors the asking actor", fate::pass,
     "0400000000000040000000000000000000000000000000000000000000000008" SERVER PROGRAM},
    {end::server, "answer of one string", fate::pass,
     "0200000000000015900000000000000100000000000000060000000000000008"
     "00000008403c3e2b40737472087374617475737b7d"},
    {end::program, "monitors the spawn server", fate::drop,
     "0400000000000040000000000000000000000000000000000000000000000001" PROGRAM SERVER},
    {end::program, "request of two strings", fate::pass,
     "0200000000000019100000000000000200000000000000080000000000000006"
     "0000000d403c3e2b407374722b40737472046661696c027b7d"},
    {end::server, "heartbeat", fate::pass, "0600000000000000000000000000000000000000000000000000000000000000"},
    {end::server, "answer: an error with a context", fate::cut,
     "020000000000002a900000000000000200000000000000060000000000000008"
     "0000000a403c3e2b406572726f721c000000fe3ee39ab2000008403c3e2b407374720762656361757365"},
    {end::program, "request of two strings, urgent", fate::pass,
     "0200000000000019100000000000000300000000000000080000000000000006"
     "0000000d403c3e2b407374722b407374720468696768027b7d"},
    {end::server, "answer of one string", fate::pass,
     "0200000000000013900000000000000300000000000000060000000000000008"
     "00000008403c3e2b4073747206686967687b7d"},
    {end::program, "the asking actor is down, without a reason", fate::pass,
     "050000000000004f000000000000000000000000000000080000000000000000" PROGRAM SERVER
     "00000000000000000f000003403c3e"},
    {end::program, "send by nobody", fate::pass,
     "0200000000000016100000000000000000000000000000000000000000000006"
     "00000008403c3e2b4073747209616e6f6e796d6f7573"},
    {end::program, "send of three strings and a number", fate::drop,
     "0200000000000025100000000000000000000000000000000000000000000006"
     "00000017403c3e2b407374722b407374722b407374722b4069333201610162016300000004"},
    {end::program, "link_to the published actor", fate::drop,
     "030000000000008f100000000000000000000000000000060000000000000006" SERVER SERVER
     "0000001b403c3e2b4061746f6d2b407374726f6e675f6163746f725f707472000000000fc6ecf00000000000000009" PROGRAM},
    {end::program, "send of two strings", fate::pass,
     "0200000000000018100000000000000000000000000000090000000000000006"
     "0000000d403c3e2b407374722b4073747204666565640178"},
    {end::server, "monitors the watcher", fate::pass,
     "0400000000000040000000000000000000000000000000000000000000000009" SERVER PROGRAM},
    {end::server, "request of two strings", fate::pass,
     "020000000000001d100000000000000100000000000000060000000000000009"
     "0000000d403c3e2b407374722b4073747208736e617073686f74027b7d"},
    {end::server, "request of two strings", fate::pass,
     "020000000000001c100000000000000200000000000000060000000000000009"
     "0000000d403c3e2b407374722b40737472076661696c696e67027b7d"},
    {end::server, "request of a string and a number", fate::drop,
     "020000000000001d100000000000000300000000000000060000000000000009"
     "0000000d403c3e2b407374722b4069333207756e6b6e6f776e00000005"},
    {end::server, "send of one string", fate::pass,
     "0200000000000010100000000000000000000000000000060000000000000009"
     "00000008403c3e2b4073747203666564"},
    {end::program, "answer of nothing", fate::pass,
     "0200000000000007900000000000000100000000000000090000000000000006"
     "00000003403c3e"},
    {end::program, "answer: an error with a context", fate::cut,
     "0200000000000026900000000000000200000000000000090000000000000006"
     "0000000a403c3e2b406572726f721c000000fe3ee39ab2000008403c3e2b40737472036e6f21"},
    {end::program, "answer: an error without one", fate::pass,
     "020000000000001d900000000000000300000000000000090000000000000006"
     "0000000a403c3e2b406572726f7201000000fe3ee39ab2000003403c3e"},
    {end::program, "heartbeat", fate::pass, "0600000000000000000000000000000000000000000000000000000000000000"},
    {end::program, "the watcher is down, killed", fate::pass,
     "050000000000004f000000000000000000000000000000090000000000000000" PROGRAM SERVER
     "05000000000fabdbb9000003403c3e"},
    {end::program, "exit message", fate::drop,
     "0200000000000044100000000000000000000000000000090000000000000006"
     "00000009403c3e2b40657869740000000000000009" PROGRAM "05000000000fabdbb9000003403c3e"},
    {end::server, "the published actor is down, killed", fate::pass,
     "050000000000004f000000000000000000000000000000060000000000000000" SERVER PROGRAM
     "05000000000fabdbb9000003403c3e"},
};

inline std::string bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    out += static_cast<char>(digit(hex[at]) << 4 | digit(hex[at + 1]));
  return out;
}

inline const std::string program_id = bytes_of(PROGRAM);
inline const std::string server_id = bytes_of(SERVER);

#undef PROGRAM
#undef SERVER

/// `text` with every `what` replaced by `by`.
inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

/// A node id of CAF's usual kind, unlike those of the recording.
inline std::string stand_in(char which) { return server_id.substr(0, 12) + std::string(20, which); }

inline basp_node_id as_id(std::string_view text) {
  basp_node_id id{};
  text.copy(id.data(), id.size());
  return id;
}

/// The same message with the error's context removed.
inline std::string cut(const std::string& message) {
  constexpr std::size_t head = 32 + 4 + 10 + 9;
  auto out = message.substr(0, head) + std::string("\0\0\3@<>", 6);
  out[7] = static_cast<char>(out.size() - 32);
  return out;
}

}  // namespace ability::recording
