#include "net/fly/multiplexed_server.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "net/fly/peer/gateway_link.hpp"
#include "net/fly/peer/peer.hpp"
#include "net/fly/peer/peer_core.hpp"
#include "protocol/app_rpc/app_rpc_json.hpp"
#include "protocol/http/loopback.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability::fly {

namespace {

rpc_reply call(const multiplexed_server::app_handler& f, const rpc_request& request, const engine& of) {
  const auto failed = [&](const std::string& why) {
    of.log("the application's " + std::string{name_of(request.method)} + " handler threw: " + why);
    rpc_reply reply;
    reply.error_message = "the application failed";
    return reply;
  };
  try {
    return f(request);
  } catch (const std::exception& why) {
    return failed(why.what());
  } catch (...) {
    return failed("something that is no std::exception");
  }
}

// Waiter for a gateway's reply to a publication.
struct publishing final : waiter {
  std::shared_ptr<engine> of;
  explicit publishing(std::shared_ptr<engine> whose) : of{std::move(whose)} {}
  void done(outcome<payload> reply) override {
    if (!reply)
      refuse(reply.error());
  }
  void refuse(remote_error why) override { of->log("a publication was refused: " + to_string(why)); }
};

// A message to many clients, ready to be sent.
struct broadcasting {
  std::shared_ptr<link_registry> among;
  std::vector<std::shared_ptr<peer>> to;
  std::map<serializer, std::string> packets;
  std::size_t size = 0;  // bytes in memory

  void operator()() {
    among->posted -= size;
    std::map<std::pair<std::shared_ptr<gateway_link>, serializer>, std::vector<client_id>> groups;
    for (const auto& each : to) {
      const auto& over = each->core().over();
      const auto* client = dynamic_cast<link_client*>(over.get());
      if (client != nullptr && client->link())
        groups[{client->link(), each->how()}].push_back(client->id());
      else if (over)
        over->send(packets[each->how()]);
    }
    for (const auto& [where, ids] : groups) {
      const auto& [link, how] = where;
      if (link->is_congested())
        ++among->engine->stats.dropped_broadcasts;
      else
        link->send(ids, packets[how]);
    }
  }
};

}  // namespace

multiplexed_server::multiplexed_server(multiplexed_server_options options)
    : listening_node{options, {}, std::move(options.listen)},
      links_{std::make_shared<link_registry>(engine_, std::move(options.secret), std::move(options.node_name))} {
  on_app_disconnect([](const rpc_request&) { return rpc_reply{.status = rpc_status::success}; });
}

result<address> multiplexed_server::listen(std::string_view where) {
  return listen_by(where, [links = links_](const address& at, const listen_options& how) -> listen_result {
    if (links->secret.empty() && !is_loopback(at.host))
      return "cannot listen at " + to_string(at) +
             ": without a secret, whoever reaches it could speak for any client; set one, or take 127.0.0.1";
    links->engine->closers.push_back([links] {
      for (const auto& each : std::exchange(links->links, {}))
        each->end("");
    });
    auto quick = how;
    quick.handshake_timeout = gateway_link::opening_timeout;
    return listen_streams(links->engine->loop.executor(), at, quick, [links](byte_stream_ptr stream) {
      std::make_shared<gateway_link>(links, std::move(stream))->start();
    });
  });
}

void multiplexed_server::answer(std::uint16_t command, rpc_method method, app_handler f) {
  auto handle = std::make_shared<const engine::handler>([method, f = std::move(f)](invocation& in) {
    const auto request = decode_rpc_request(method, in.packet().buffer);
    if (!request)
      return in.finish(remote_error{error_code::bad_payload, request.error().detail});
    in.finish(std::optional{encoded{encode_rpc_reply(call(f, *request, in.from()->shared()))}});
  });
  engine_->loop.run([&] { engine_->link_handlers[command] = std::move(handle); });
}

outcome<void> multiplexed_server::publish(std::string_view stream, std::string_view data) {
  if (!is_utf8(stream) || !is_utf8(data))
    return remote_error{error_code::bad_payload, "a publication is UTF-8"};
  encoded publication{R"({"stream":)"};
  append_json_string(publication.bytes, stream);
  publication.bytes += R"(,"data":)";
  append_json_string(publication.bytes, data);
  publication.bytes += '}';
  if (publication.bytes.size() > max_buffer)
    return remote_error{error_code::too_long, std::to_string(publication.bytes.size()) + " bytes"};
  auto job = [links = links_, publication = std::move(publication)]() mutable {
    auto who = std::make_unique<publishing>(links->engine);
    const auto up = std::ranges::find_if(links->links, [](const auto& each) { return each->itself() != nullptr; });
    if (up == links->links.end())
      who->refuse(remote_error{error_code::closed, "there is no link to a gateway"});
    else
      (*up)->itself()->call(link_command::publish, std::move(publication), links->engine->options.call_timeout,
                            std::move(who));
  };
  if (links_->open == 0 || !engine_->loop.post(job))
    return remote_error{error_code::closed, "there is no link to a gateway"};
  return {};
}

outcome<void> multiplexed_server::broadcast_by(std::span<const context> to, std::uint16_t command,
                                               const std::function<outcome<encoded>(serializer)>& encode) {
  broadcasting job{.among = links_, .to = {}, .packets = {}};
  for (const auto& each : to) {
    const auto& over = each.connection();
    job.to.push_back(over);
    auto& packet = job.packets[over->how()];
    if (!packet.empty())
      continue;
    const auto message = encode(over->how());
    if (!message)
      return message.error();
    if (message->bytes.size() > max_buffer)
      return remote_error{error_code::too_long, std::to_string(message->bytes.size()) + " bytes"};
    append_packet(packet,
                  {subtype::rpc, message->is_raw ? rpc_option::buffer : std::uint8_t{0}, command, 0, message->bytes});
  }
  job.size = to.size() * sizeof(job.to.front());
  for (const auto& [how, packet] : job.packets)
    job.size += packet.size();
  const auto before = links_->posted.fetch_add(job.size);
  if (before != 0 && before + job.size > engine_->options.max_queued) {
    links_->posted -= job.size;
    return remote_error{error_code::too_many, "too many broadcasts are on their way out"};
  }
  if (!engine_->loop.post(job))
    return remote_error{error_code::closed, "shut down"};
  return {};
}

}  // namespace ability::fly
