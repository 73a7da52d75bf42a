#include "apps/ctl/monitor_client.hpp"

#include <atomic>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/after.hpp>
#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "apps/ctl/human.hpp"
#include "apps/ctl/terminal_text.hpp"

namespace ability {
namespace {

std::atomic<bool> hanging{false};  // NOLINT(*-avoid-non-const-global-variables): of the process, as its threads are

/// Set by hand: neither arguments nor files are CAF's.
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
    // A node closes what is silent. The time-out in the other direction would end a dial at the first beat.
    set("middleman.heartbeat-interval", caf::timespan{std::chrono::milliseconds{500}});
    set("middleman.workers", std::size_t{0});
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

std::optional<json> object_of(const std::string& text) {
  auto value = json::parse(text, nullptr, false);
  return value.is_object() ? std::optional{std::move(value)} : std::nullopt;
}

std::string text_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// What a node's error means for who uses this program.
trouble trouble_of(const json& error, const std::string& node) {
  auto code = error.is_object() ? text_at(error, "code") : "";
  if (code == "login_required")
    return {std::move(code), node + " answers who logs in; give --secret, or set ABILITY_CLUSTER_SECRET"};
  if (code == "wrong_secret")
    return {std::move(code), node + " refuses the secret; check --secret or ABILITY_CLUSTER_SECRET"};
  auto message = printable(error.is_object() ? text_at(error, "message") : "");
  if (code.empty())
    return {"malformed", node + " answered with an error that says nothing; is its version that of abilityctl?"};
  if (message.ends_with('.'))
    message.pop_back();
  return {std::move(code), node + ": " + (message.empty() ? "an error without a message" : message)};
}

/// Answers the question that is under way when its node goes. CAF does not, if the node is another process.
class bouncer {
public:
  /// `who` waits for `reply`.
  void expect(caf::strong_actor_ptr who, caf::message_id reply) {
    const std::lock_guard lock{mutex_};
    who_ = std::move(who);
    reply_ = reply;
    if (gone_)
      bounce();
  }

  void answered() {
    const std::lock_guard lock{mutex_};
    who_ = nullptr;
  }

  void gone() {
    const std::lock_guard lock{mutex_};
    gone_ = true;
    bounce();
  }

private:
  void bounce() {
    if (who_)
      who_->enqueue(nullptr, reply_, caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
    who_ = nullptr;
  }

  std::mutex mutex_;
  caf::strong_actor_ptr who_;
  caf::message_id reply_;
  bool gone_ = false;
};

}  // namespace

bool threads_hang() noexcept { return hanging; }

void let_threads_hang() noexcept { hanging = true; }

struct monitor_client::attachment {
  explicit attachment(const tls_files& tls) : config{tls}, system{config}, self{system} {}

  client_config config;
  caf::actor_system system;
  caf::scoped_actor self;
  caf::actor node;
  std::shared_ptr<bouncer> questions = std::make_shared<bouncer>();
};

monitor_client::monitor_client(node_address where, const attach_options& how, std::unique_ptr<attachment> made)
    : where_{std::move(where)}, timeout_{how.timeout}, attached_{std::move(made)} {}

monitor_client::~monitor_client() = default;

answer<std::unique_ptr<monitor_client>> monitor_client::attach(const node_address& where, const attach_options& how) {
  const auto cannot = [&](const char* code, const std::string& why) {
    return trouble{code, "cannot attach to " + printable(to_string(where)) + ": " + printable(why)};
  };
  if (auto wrong = fault_of(how.tls))
    return cannot("unreachable", *wrong);
  auto made = std::make_unique<attachment>(how.tls);
  auto& system = made->system;
  std::optional<caf::error> failed;
  {
    // What `remote_actor` does, but with an end. The system does not end while there is a handle of its dialler.
    const auto dialler = how.tls.any() ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
    made->self->request(dialler, how.timeout, caf::connect_atom_v, where.host, where.port)
        .receive([&](const caf::node_id&, const caf::strong_actor_ptr& found,
                     const std::set<std::string>&) { made->node = caf::actor_cast<caf::actor>(found); },
                 [&](caf::error& error) { failed = std::move(error); });
  }
  if (failed == caf::sec::request_timeout) {
    // The dialler may hang in a system call, and would be waited for.
    let_threads_hang();
    static_cast<void>(made.release());
    return cannot("silent", "no answer within " + human_timeout(how.timeout) +
                                "; it may be frozen, cut off or no node; --timeout waits longer");
  }
  if (failed)
    return cannot("unreachable", reason_of_failed_dial(where, how.tls, how.timeout));
  if (!made->node)
    return cannot("unreachable", "no actor is published there; is it abilityd?");
  made->self->monitor(made->node);
  made->node->attach_functor([questions = made->questions](const caf::error&) { questions->gone(); });
  std::unique_ptr<monitor_client> client{new monitor_client{where, how, std::move(made)}};
  if (!how.secret.empty())
    if (auto login = client->ask("login", {{"secret", how.secret}}); !login)
      return login.error();
  return client;
}

answer<json> monitor_client::ask(const std::string& verb, const json& arguments) {
  const auto node = printable(to_string(where_));
  std::optional<std::string> text;
  bool late = false;
  auto& [config, system, self, asked, questions] = *attached_;
  auto reply = self->request(asked, timeout_, verb, arguments.dump());
  questions->expect(self.ptr()->ctrl(), reply.id());
  reply.receive([&](std::string& answered) { text = std::move(answered); },
                [&](const caf::error& error) { late = error == caf::sec::request_timeout; });
  questions->answered();
  if (!text && late)
    return trouble{"silent", node + " gave no answer to " + verb + " within " + human_timeout(timeout_) +
                                 "; it may be frozen or cut off; --timeout waits longer"};
  if (!text)
    return trouble{"gone", node + " closed the connection before it answered " + verb + "; did it end?"};
  auto value = object_of(*text);
  if (!value)
    return trouble{"malformed", node + " answered " + verb +
                                    " with what is no JSON object; is its version that of abilityctl (" ABILITY_VERSION
                                    ")?"};
  if (const auto error = value->find("error"); error != value->end())
    return trouble_of(*error, node);
  // JSON converts to anything, so also to `trouble`.
  return answer<json>{boost::system::in_place_value, std::move(*value)};
}

feed_item monitor_client::next(std::chrono::milliseconds timeout) {
  feed_item item{feed_item::what::silence};
  attached_->self->receive(
      // Its end without a result is the answer that the node counts.
      [&](const std::string& kind, const std::string& text) {
        auto data = object_of(text);
        item.kind = feed_item::what::unknown;
        if (data && (kind == "snapshot" || kind == "events"))
          item = {kind == "events" ? feed_item::what::events : feed_item::what::snapshot, std::move(*data)};
      },
      [&](const caf::down_msg&) { item.kind = feed_item::what::end; },
      [&](caf::close_atom) { item.kind = feed_item::what::stopped; }, caf::after(timeout) >> [] {});
  return item;
}

void monitor_client::stop() noexcept { caf::anon_send(caf::actor{attached_->self}, caf::close_atom_v); }

}  // namespace ability
