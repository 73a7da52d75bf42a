#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/cli/subcommands.hpp"
#include "net/fly/client.hpp"
#include "protocol/client/reply.hpp"
#include "protocol/fly/stream_request.hpp"
#include "protocol/history/stream_position.hpp"

namespace ability {
namespace {

constexpr const char* address_help =
    "The server: tcp://host:port, tls://host:port, udp://host:port, ws://host:port/path or wss://host:port/path";

/// Options of all `fly` commands.
struct fly_options {
  /// `limit_help` names the event that has to occur within `--timeout`.
  fly_options(CLI::App& command, const char* limit_help) {
    command.add_option("ADDRESS", address, address_help)->type_name("")->required();
    command.add_option("--token", token, "Token (JWT) for the server; in a shell's history: better by the environment")
        ->type_name("TOKEN")
        ->envname("ABILITY_FLY_TOKEN");
    command.add_option("--timeout", timeout, limit_help)
        ->type_name("SECONDS")
        ->check(number_within(0.001, 86'400, "seconds"))
        ->capture_default_str();
    command.add_option("--ca", ca_file, "PEM file of the authorities to trust instead of the system's")
        ->type_name("FILE");
    command.add_flag("--insecure", insecure, "Take any certificate");
    command.add_flag(
        "--legacy", legacy,
        "For servers made with the original FlyRPC libraries for Go or C#: their flag bits (0xB0), no Helo");
  }

  std::chrono::milliseconds limit() const {
    return std::chrono::milliseconds{static_cast<std::int64_t>(timeout * 1'000)};
  }

  fly::client_options client() const {
    fly::client_options how;
    how.token = token;
    how.call_timeout = how.dial.timeout = limit();
    how.dial.ca_file = ca_file;
    how.dial.verify = !insecure;
    how.profile = legacy ? fly::profile::legacy : fly::profile::normal;
    // The shell passes and receives JSON.
    how.serializers = {fly::serializer::json};
    how.workers = 0;
    return how;
  }

  std::string address;
  std::string token;
  double timeout = 10;
  std::string ca_file;
  bool insecure = false;
  bool legacy = false;
};

struct message_options : fly_options {
  message_options(CLI::App& command, const char* limit_help, const char* raw_help) : fly_options{command, limit_help} {
    command.add_option("COMMAND", number, "Number of the command")
        ->type_name("")
        ->transform(whole_within(0, 65'535, ""))
        ->required();
    command.add_option("MESSAGE", message, "JSON, or with --raw any text; null if it is left out")->type_name("");
    command.add_flag("--raw", raw, raw_help);
  }

  std::uint16_t number = 0;
  std::string message = "null";
  bool raw = false;
};

/// A remedy for a client that was disconnected for this reason; empty if none is known.
std::string advice_on(std::string_view reason) {
  if (reason == disconnect_reason::unauthorized)
    return ": the server lets this client in by nothing that it said; give --token (abilityctl token makes one), or "
           "start abilityd with --public or --noauth";
  if (reason == disconnect_reason::token_expired)
    return "; give a new --token (abilityctl token makes one)";
  return {};
}

ctl_result failed(const fly::remote_error& why) {
  auto sentence = to_string(why) + advice_on(why.text);
  if (why.is(fly::error_code::closed) && why.text.empty())
    sentence +=
        ": the server closed the connection without a word; if it speaks TLS there, begin the address with tls://";
  return {.exit_code = 1, .out = {}, .err = ended(std::move(sentence))};
}

ctl_result printed(std::string text) { return {.exit_code = 0, .out = std::move(text), .err = {}}; }

/// Connects; returns the error, if any.
std::optional<ctl_result> connect(fly::client& client) {
  if (const auto connected = client.connect(); !connected)
    return failed(connected.error());
  return {};
}

std::optional<nlohmann::json> json_of(const std::string& text) {
  auto value = nlohmann::json::parse(text, nullptr, false);
  return value.is_discarded() ? std::nullopt : std::optional{std::move(value)};
}

const char* const not_json = "the message must be JSON, such as '{\"x\":1}' in single quotes; --raw sends any text.";

struct call_options : message_options {
  explicit call_options(CLI::App& command)
      : message_options{command, "Seconds until the reply must have come",
                        "Send the text as it is, and print the reply so"} {}
};

ctl_result call(const call_options& given) {
  const auto message = given.raw ? nlohmann::json{} : json_of(given.message);
  if (!message)
    return wrong_usage(not_json);
  fly::client client{given.address, given.client()};
  if (auto refused = connect(client))
    return *refused;
  if (given.raw) {
    const auto reply = client.call<fly::raw>(given.number, fly::raw{given.message});
    return reply ? printed(reply->bytes) : failed(reply.error());
  }
  const auto reply = client.call<nlohmann::json>(given.number, *message);
  return reply ? printed(reply->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n")
               : failed(reply.error());
}

struct send_options : message_options {
  explicit send_options(CLI::App& command)
      : message_options{command, "Seconds until the server must have got it", "Send the text as it is"} {}
};

ctl_result send(const send_options& given) {
  const auto message = given.raw ? nlohmann::json{} : json_of(given.message);
  if (!message)
    return wrong_usage(not_json);
  fly::client client{given.address, given.client()};
  if (auto refused = connect(client))
    return *refused;
  const auto sent = given.raw ? client.send_message(given.number, fly::raw{given.message})
                              : client.send_message(given.number, *message);
  if (!sent)
    return failed(sent.error());
  // A pong follows all data sent before the ping, so the server has received it.
  const auto arrived = client.ping(0, given.limit());
  return arrived ? printed({}) : failed(arrived.error());
}

struct ping_options : fly_options {
  explicit ping_options(CLI::App& command) : fly_options{command, "Seconds until each answer must have come"} {
    command.add_option("--size", size, "Bytes of each ping")
        ->type_name("BYTES")
        ->transform(whole_within(0, 65'535, "bytes"))
        ->capture_default_str();
    command.add_option("--count", count, "How many")
        ->type_name("N")
        ->transform(whole_within(1, 1'000'000, ""))
        ->capture_default_str();
  }

  std::size_t size = 64;
  unsigned count = 1;
};

ctl_result ping(const ping_options& given) {
  fly::client client{given.address, given.client()};
  if (auto refused = connect(client))
    return *refused;
  for (unsigned i = 0; i < given.count; ++i) {
    const auto took = client.ping(given.size, given.limit());
    if (!took)
      return failed(took.error());
    std::cout << given.size << " bytes in " << std::chrono::duration<double, std::milli>{*took}.count() << " ms\n"
              << std::flush;
  }
  return printed({});
}

/// Reads `SECONDS` or `EPOCH/OFFSET[,EPOCH/OFFSET]…`; none: it is neither.
std::optional<fly::stream_start> start_of(std::string_view text) {
  fly::stream_start from;
  std::int64_t seconds = 0;
  const auto* const end = text.data() + text.size();
  if (const auto [rest, error] = std::from_chars(text.data(), end, seconds);
      error == std::errc{} && rest == end && seconds >= 0) {
    from.time = seconds;
    return from;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto comma = std::min(text.find(',', begin), text.size());
    const auto at = read_position(text.substr(begin, comma - begin));
    if (!at)
      return std::nullopt;
    from.positions.push_back(*at);
    begin = comma + 1;
  }
  return from;
}

std::string fault_of_start(const std::string& text) {
  return start_of(text) ? ""
                        : "must be a Unix time in seconds, or a position as it is printed: 16 hexadecimal "
                          "digits, / and a number; of a channel with several streams one of each, between commas";
}

struct subscribe_options : fly_options {
  explicit subscribe_options(CLI::App& command)
      : fly_options{command, "Seconds until the server must have confirmed a stream"} {
    command.add_option("STREAM", streams, "Names of streams, signed names, or Action Cable identifiers (JSON)")
        ->type_name("")
        ->required();
    command.add_option("--count", count, "End after so many messages; 0 = never")
        ->type_name("N")
        ->transform(whole_within(0, 1'000'000'000, ""))
        ->capture_default_str();
    command.add_flag("--positions", positions,
                     "Each message in order and once, also over UDP, behind its position and a tab; - has none");
    command
        .add_option("--since", since,
                    "First what was missed: behind a position, or since a Unix time; implies --positions")
        ->type_name("EPOCH/OFFSET|SECONDS")
        ->check(fault_of_start);
  }

  std::vector<std::string> streams;
  unsigned count = 0;
  bool positions = false;
  std::string since;
};

/// Released when a subscription ends: enough messages, the connection's end, or a signal.
std::binary_semaphore over{0};  // NOLINT(*-avoid-non-const-global-variables): signal handlers reach nothing else

/// A message as a line.
std::string line_of(const subscribe_options& given, std::uint16_t alias, std::string_view data,
                    const std::optional<stream_position>& at) {
  std::string line;
  if (given.streams.size() > 1)
    line += given.streams[alias - 1U] + '\t';
  if (given.positions)
    line += (at ? to_string(*at) : "-") + '\t';
  return line.append(data) += '\n';
}

ctl_result follow(const subscribe_options& given, const fly::stream_start& from) {
  std::atomic<unsigned> seen{0};
  std::atomic<bool> lost{false};
  std::string why;  // used on the event loop's thread until `lost`
  auto how = given.client();
  how.positions = given.positions;
  fly::client client{given.address, how};
  client.on_positioned([&](std::uint16_t alias, std::string_view data, const std::optional<stream_position>& at) {
    if (given.count > 0 && seen >= given.count)
      return;
    std::cout << line_of(given, alias, data, at) << std::flush;
    if (++seen == given.count)
      over.release();
  });
  client.on_reject(
      [](std::uint16_t, std::string_view why) { std::cerr << "abilityctl: not delivered: " << why << '\n'; });
  client.on_missed([&](std::uint16_t alias) {
    std::cerr << "abilityctl: missed: earlier messages of " << given.streams[alias - 1U]
              << " cannot be sent any more; what follows is new\n";
  });
  client.on_close([&](fly::context& connection) {
    why = connection.close_reason();
    if (!lost.exchange(true))
      over.release();
  });
  if (auto refused = connect(client))
    return *refused;
  for (std::size_t i = 0; i < given.streams.size(); ++i)
    if (const auto followed = client.subscribe(static_cast<std::uint16_t>(i + 1), given.streams[i], from); !followed)
      return failed(followed.error());
  std::cerr << "abilityctl: following " << given.streams.size()
            << (given.streams.size() == 1 ? " stream\n" : " streams\n");
  std::signal(SIGINT, [](int) { over.release(); });
  std::signal(SIGTERM, [](int) { over.release(); });
  over.acquire();
  if (lost && (given.count == 0 || seen < given.count))
    return {.exit_code = 1, .out = {}, .err = ended("the server closed the connection: " + why + advice_on(why))};
  lost = true;  // from now on we close the connection ourselves
  return printed({});
}

ctl_result subscribe(const subscribe_options& said) {
  auto given = said;
  given.positions |= !given.since.empty();
  if (given.positions && given.legacy)
    return wrong_usage("--positions and --since are asked for in the Helo, which --legacy leaves out.");
  const auto from = start_of(given.since).value_or(fly::stream_start{});
  if (!from.positions.empty() && given.streams.size() > 1)
    return wrong_usage("--since with a position is for one stream; of several streams it must be a time.");
  return follow(given, from);
}

template <class Options>
void add(CLI::App& group, ctl_result& to, const char* name, const char* help, const char* footer,
         ctl_result (*run)(const Options&)) {
  auto* command = group.add_subcommand(name, help);
  auto given = std::make_shared<Options>(*command);
  command->footer(footer);
  command->callback([given, run, &to] { to = run(*given); });
}

}  // namespace

void add_fly(CLI::App& app, ctl_result& to) {
  auto* group = app.add_subcommand("fly", "Try a FlyRPC server: call, send, ping, subscribe");
  group->require_subcommand(1);
  group->footer(R"(Examples:
  abilityctl fly ping tcp://127.0.0.1:5555
  abilityctl fly call tcp://127.0.0.1:5555 1 '{"text":"hello"}'
  abilityctl fly subscribe ws://127.0.0.1:8080/cable chat)");
  add<call_options>(*group, to, "call", "Send a message and print the reply to it",
                    "Example:\n  abilityctl fly call tcp://127.0.0.1:5555 1 '{\"text\":\"hello\"}'", call);
  add<send_options>(*group, to, "send", "Send a message that nobody replies to",
                    "Example:\n  abilityctl fly send tcp://127.0.0.1:5555 2 '\"hello\"'", send);
  add<ping_options>(*group, to, "ping", "Measure how long bytes take to come back",
                    "Example:\n  abilityctl fly ping udp://127.0.0.1:5555 --size 512 --count 3", ping);
  add<subscribe_options>(*group, to, "subscribe", "Print what is published to streams of abilityd",
                         "Example:\n  abilityctl fly subscribe ws://127.0.0.1:8080/cable chat\n      With several "
                         "streams each line begins with the stream's name and a tab.\n"
                         "  abilityctl fly subscribe udp://127.0.0.1:5555 chat --since 5a17c30d99e241f6/9\n"
                         "      goes on behind a message that --positions has printed so.",
                         subscribe);
}

}  // namespace ability
