/// A client protocol of its own: lines of text. It proves that one needs a folder and a row of the daemon's table, and
/// nothing else. The client says `+STREAM` and `-STREAM`; it is told `ok STREAM`, `no STREAM: WHY` and `STREAM: DATA`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/client/client_session_base.hpp"
#include "protocol/overloaded.hpp"
#include "protocol/websocket/frame.hpp"

namespace ability {

class lines_format final : public wire_format {
public:
  lines_format() noexcept : wire_format{traits{}} {}
  std::string key(std::string_view identifier, std::uint32_t) const override {
    return std::string{name_in(identifier)};
  }
  bool append(std::string& out, std::string_view key, const broadcast& message,
              const std::optional<stream_position>&) const override {
    append_text_frame(out, std::string{key} + ": " + message.data);
    return true;
  }
  /// The stream of an identifier that `lines_session` has made.
  static std::string_view name_in(std::string_view identifier) {
    return identifier.substr(prefix.size(), identifier.size() - prefix.size() - 2);
  }
  static constexpr std::string_view prefix = R"({"channel":"$pubsub","stream_name":")";
};

class lines_session final : public client_session_base {
public:
  explicit lines_session(client_transport& transport) : client_session_base{transport} {}
  void start(std::shared_ptr<client_session> self) override {
    client_session_base::start(std::move(self));
    ask_in(transport().describe());
  }
  std::size_t max_message() const noexcept override { return 1'000; }
  void on_message(std::string_view line, client_transport::content) override {
    if (line.size() < 2 || (line[0] != '+' && line[0] != '-')) {
      malformed("neither + nor -");
      return;
    }
    command({.type = line[0] == '+' ? command_type::subscribe : command_type::unsubscribe,
             .identifier = std::string{lines_format::prefix} + std::string{line.substr(1)} + "\"}"});
  }
  void tell(const client_reply& what) override {
    std::visit(overloaded{[this](const reply::confirmed& it) { say("ok " + named(it.identifier)); },
                          [this](const reply::rejected& it) {
                            say("no " + named(it.identifier) + ": " + std::string{it.why});
                          },
                          [](const auto&) {}},
               what);
  }
  void close(const close_reason& why) override { end(1000, why.reason); }

private:
  static std::string named(std::string_view identifier) { return std::string{lines_format::name_in(identifier)}; }
  void say(const std::string& line) { send(line, client_transport::content::text); }
  void on_accepted(std::string_view, bool) override {
    if (transport().open())
      transport().read_on();
    schedule();
  }
  void on_refused(refusal, const std::vector<std::string>&) override { end(1008, "refused"); }
  const wire_format& format() const noexcept override {
    static const lines_format one;
    return one;
  }
};

}  // namespace ability
