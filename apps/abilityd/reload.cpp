#include "apps/abilityd/reload.hpp"

#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <exception>
#include <utility>

#include "actors/auth/messages.hpp"
#include "actors/node/log.hpp"
#include "actors/sessions/messages.hpp"

namespace ability {

namespace asio = boost::asio;

reloader::reloader(settings_source* source, asio::io_context& control, reload_targets to,
                   std::function<void(const daemon_settings&)> applied)
    : source_{source}, control_{control}, to_{std::move(to)}, applied_{std::move(applied)} {}

void reloader::begin() {
  if (source_ == nullptr) {
    log(log_level::info, "nothing to load again");
    return;
  }
  if (std::exchange(busy_, true)) {
    again_ = true;
    return;
  }
  if (!reader_)
    reader_.emplace(1);
  asio::post(*reader_, [this] { asio::post(control_, [this, what = load()] { finish(what); }); });
}

reloader::outcome reloader::load() {
  auto read = source_->load_again();
  if (!read)
    return read.error();
  auto made = std::make_shared<loaded>();
  made->what = std::move(*read);
  const auto& settings = made->what.settings;
  if (!settings.ssl_cert.empty()) {
    auto certificate = fly::tls_context::for_server(settings.ssl_cert, settings.ssl_key);
    if (!certificate)
      return certificate.error();
    made->certificate = std::move(*certificate);
  }
  if (settings.cluster) {
    auto of_cluster = tunnel::load_certificates(*settings.cluster);
    if (!of_cluster)
      return of_cluster.error();
    made->of_cluster = std::move(*of_cluster);
  }
  return std::shared_ptr<const loaded>{std::move(made)};
}

void reloader::finish(const outcome& what) {
  if (what) {
    apply(*what);
    source_->in_force();
  }
  // Posted after the token_source's message, handled on this thread: once the outcome is logged, the keys work.
  asio::post(control_, [this, what] {
    tell(what);
    busy_ = false;
    if (std::exchange(again_, false))
      begin();
  });
}

void reloader::tell(const outcome& what) {
  if (!what) {
    log(log_level::error, "configuration not loaded again, the one in force stays", {{"reason", what.error()}});
    return;
  }
  const auto& told = (*what)->what;
  const auto names = [](const std::string& some) { return some.empty() ? std::string{"none"} : some; };
  log(told.needs_restart.empty() ? log_level::info : log_level::warn, "configuration loaded again",
      {{"changed", names(told.changed)},
       {"unchanged", names(told.unchanged)},
       {"needs_restart", names(told.needs_restart)}});
}

void reloader::apply(const std::shared_ptr<const loaded>& what) {
  const auto& settings = what->what.settings;
  for (std::size_t i = 0; i < to_.contexts.size(); ++i)
    apply_to_lane(to_.contexts[i]->lane, to_.contexts[i].get(), *to_.here.lanes[i], what);
  if (to_.app_home != nullptr)
    apply_to_lane(*to_.app_lane, nullptr, *to_.app_home, what);
  if (to_.cluster != nullptr && settings.cluster)
    to_.cluster->use(what->of_cluster, settings.cluster->secret, settings.node);
  if (what->certificate != nullptr)
    to_.doors.show(what->certificate);
  if (to_.application != nullptr && settings.http_app)
    to_.application->use_secret(settings.http_app->secret);
  if (to_.application != nullptr && !settings.backends.empty())
    to_.application->use_secret(settings.backends.front().secret);
  to_.here.gate.set_bounds(settings.node.max_pending_broadcasts, settings.node.max_pending_bytes);
  use_keys_of(to_.here, settings.node);
  if (what->what.lowest)
    set_log_level(*what->what.lowest);
  applied_(settings);
}

// Keeps the keys of tokens: they come from the token_source, which also has the fetched ones.
void reloader::apply_to_lane(io_lane& lane, lane_context* of_clients, lane_home& home,
                             const std::shared_ptr<const loaded>& what) {
  asio::post(lane.io(), [of_clients, &home, what] {
    const auto& settings = what->what.settings;
    if (of_clients != nullptr) {
      auto next = settings.edge;
      next.max_sockets = of_clients->settings.max_sockets;  // derived from the process's limit, which does not change
      of_clients->settings = std::move(next);
    }
    auto keys = std::move(home.settings.tokens);
    home.settings = settings.node;
    home.settings.tokens = std::move(keys);
    if (home.sessions)
      caf::anon_send(home.sessions, sessions_due{});
  });
}

void use_keys_of(const node& here, const node_settings& settings) {
  caf::anon_send(here.token_source, use_token_keys{settings.tokens, settings.key_set, settings.key_set_refresh});
}

}  // namespace ability
