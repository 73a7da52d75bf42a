#include "apps/abilityctl/monitor/monitor_client.hpp"

#include <atomic>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "apps/abilityctl/monitor/monitor_actor.hpp"
#include "apps/abilityctl/terminal/human.hpp"
#include "apps/abilityctl/terminal/terminal_text.hpp"

namespace ability {
namespace {

std::atomic<bool> hanging{false};  // NOLINT(*-avoid-non-const-global-variables): of the process, as its threads are

// Bytes of the arguments of a question: a node closes the connection at a message over 64 KiB.
constexpr std::size_t longest_question = 65'000;

std::optional<json> object_of(const std::string& text) {
  auto value = json::parse(text, nullptr, false);
  return value.is_object() ? std::optional{std::move(value)} : std::nullopt;
}

std::string string_or_empty(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// Explains a node's error to the user, with a remedy.
trouble trouble_of(const json& error, const std::string& node, bool has_options) {
  static constexpr const char* variables =
      "ABILITY_CLUSTER_SECRET or ABILITY_MONITOR_SECRET, or ABILITY_SECRET as for the node";
  static constexpr const char* option = "--secret, or set ABILITY_CLUSTER_SECRET, or ABILITY_SECRET as for the node";
  auto code = error.is_object() ? string_or_empty(error, "code") : "";
  if (code == "wrong_secret")
    return {std::move(code), node + " refuses the secret; check " +
                                 (has_options ? "--secret, ABILITY_CLUSTER_SECRET or ABILITY_SECRET" : variables)};
  auto message = printable(error.is_object() ? string_or_empty(error, "message") : "");
  if (code.empty())
    return {"malformed", node + " answered with an error that says nothing; is its version that of abilityctl?"};
  if (message.ends_with('.'))
    message.pop_back();
  if (code == "login_required")
    return {std::move(code), node + ": " + (message.empty() ? "log in first" : message) + "; " +
                                 (has_options ? std::string{"give "} + option : std::string{"set "} + variables)};
  return {std::move(code), node + ": " + (message.empty() ? "an error without a message" : message)};
}

const char* longer(const attach_options& how) { return how.has_options ? "; --timeout waits longer" : ""; }

}  // namespace

bool threads_hang() noexcept { return hanging; }

void let_threads_hang() noexcept { hanging = true; }

struct monitor_client::attachment {
  /// Configuration without CAF's own parsing of arguments and files.
  class client_config : public caf::actor_system_config {
  public:
    explicit client_config(const tls_files& tls) {
      load<caf::io::middleman>();
      if (tls.any()) {
        load<caf::openssl::manager>();
        openssl_certificate = tls.certificate;
        openssl_key = tls.key;
        openssl_cafile = tls.authorities;
      }
      // A node closes silent connections. A timeout in the other direction would end a dial at the first heartbeat.
      set("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds{500}});
      set("middleman.workers", std::size_t{0});
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", std::size_t{1});
    }
  };

  explicit attachment(const tls_files& tls) : config{tls}, system{config} {}
  attachment(const attachment&) = delete;
  attachment& operator=(const attachment&) = delete;
  ~attachment() { caf::anon_send_exit(monitor, caf::exit_reason::user_shutdown); }

  client_config config;
  caf::actor_system system;
  caf::actor monitor;
  std::shared_ptr<monitor_inbox> inbox = std::make_shared<monitor_inbox>();
};

monitor_client::monitor_client(node_address where, const attach_options& how, std::unique_ptr<attachment> made)
    : where_{std::move(where)}, how_{how}, attached_{std::move(made)} {}

monitor_client::~monitor_client() = default;

answer<std::unique_ptr<monitor_client>> monitor_client::attach(const node_address& where, const attach_options& how) {
  const auto cannot = [&](const char* code, const std::string& why) {
    return trouble{code, "cannot attach to " + printable(to_string(where)) + ": " + printable(why)};
  };
  if (auto wrong = fault_of(how.tls))
    return cannot("unreachable", *wrong);
  // Nodes serve plain connections on the loopback only. Elsewhere another program would learn the secret.
  if (!how.secrets.empty() && !how.tls.any() && !is_loopback(where))
    return cannot("unreachable", "the secret would cross the network as it is; give " + how.tls.option_names());
  auto made = std::make_unique<attachment>(how.tls);
  caf::actor node;
  std::optional<caf::error> failed;
  {
    // Like `remote_actor`, but with a timeout. The system cannot end while a handle of its dialler exists.
    auto& system = made->system;
    const auto dialler = how.tls.any() ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
    caf::scoped_actor self{system};
    self->request(dialler, how.timeout, caf::connect_atom_v, where.host, where.port)
        .receive([&](const caf::node_id&, const caf::strong_actor_ptr& found,
                     const std::set<std::string>&) { node = caf::actor_cast<caf::actor>(found); },
                 [&](caf::error& error) { failed = std::move(error); });
  }
  if (failed == caf::sec::request_timeout) {
    // The dialler may hang in a system call, and the destructor would wait for it.
    let_threads_hang();
    static_cast<void>(made.release());
    return cannot("silent", "no answer within " + human_timeout(how.timeout) +
                                "; it may be frozen, cut off or no node" + longer(how));
  }
  if (failed)
    return cannot("unreachable", reason_of_failed_dial(where, how.tls, how.timeout));
  if (!node)
    return cannot("unreachable", "no actor is published there; is it abilityd?");
  made->monitor = spawn_monitor_actor(made->system, node, how.timeout, made->inbox);
  std::unique_ptr<monitor_client> client{new monitor_client{where, how, std::move(made)}};
  if (auto refused = client->log_in())
    return std::move(*refused);
  return client;
}

std::optional<trouble> monitor_client::log_in() {
  std::optional<trouble> refused;
  for (const auto& secret : how_.secrets) {
    auto login = ask("login", {{"secret", secret}});
    if (login)
      return std::nullopt;
    refused = login.error();
    if (refused->code != "wrong_secret")
      break;
  }
  return refused;
}

answer<json> monitor_client::ask(const std::string& verb, const json& arguments) {
  const auto node = printable(to_string(where_));
  const auto text = arguments.dump();
  if (text.size() > longest_question)
    return trouble{"too_large", "a node takes no question of " + std::to_string(text.size()) + " bytes, but of " +
                                    std::to_string(longest_question) + " at most; is the name right?"};
  auto& in = *attached_->inbox;
  std::unique_lock lock{in.mutex};
  in.answer.reset();
  in.late = false;
  if (!in.gone) {
    ask_node(attached_->monitor, verb, text);
    in.changed.wait(lock, [&] { return in.answer || in.late || in.gone; });
  }
  if (!in.answer && in.late)
    return trouble{"silent", node + " gave no answer to " + verb + " within " + human_timeout(how_.timeout) +
                                 "; it may be frozen or cut off" + longer(how_)};
  if (!in.answer)
    return trouble{"gone", node + " closed the connection before it answered " + verb + "; did it end?"};
  auto value = object_of(*in.answer);
  if (!value)
    return trouble{"malformed", node + " answered " + verb +
                                    " with what is no JSON object; is its version that of abilityctl (" ABILITY_VERSION
                                    ")?"};
  if (const auto error = value->find("error"); error != value->end())
    return trouble_of(*error, node, how_.has_options);
  // JSON converts to any type, including `trouble`; so choose the value explicitly.
  return answer<json>{boost::system::in_place_value, std::move(*value)};
}

feed_item monitor_client::next(std::chrono::milliseconds timeout) {
  auto& in = *attached_->inbox;
  std::unique_lock lock{in.mutex};
  in.changed.wait_for(lock, timeout, [&] { return in.stopped || in.gone || !in.feed.empty(); });
  if (in.stopped)
    return {feed_item::what::stopped};
  if (in.feed.empty())
    return {in.gone ? feed_item::what::end : feed_item::what::silence};
  const auto [kind, text] = std::move(in.feed.front());
  in.feed.pop_front();
  lock.unlock();
  acknowledge_feed(attached_->monitor);
  auto data = object_of(text);
  if (!data || (kind != "snapshot" && kind != "events"))
    return {feed_item::what::unknown};
  return {kind == "events" ? feed_item::what::events : feed_item::what::snapshot, std::move(*data)};
}

void monitor_client::stop() noexcept {
  auto& in = *attached_->inbox;
  const std::lock_guard lock{in.mutex};
  in.stopped = true;
  in.changed.notify_all();
}

}  // namespace ability
