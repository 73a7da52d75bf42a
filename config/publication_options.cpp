#include "config/publication_options.hpp"

#include <algorithm>
#include <string_view>

#include "config/option_types.hpp"
#include "config/parsed_options.hpp"
#include "config/redis_url.hpp"

namespace ability {

using namespace std::chrono_literals;

std::vector<option> broadcast_options() {
  return {
      text("secret", field_of(&options::secret), forms::secret,
           "the one secret that keys not given are derived from; empty or none is no secret")
          .hide(secrecy::value),
      text("broadcast_key", field_of(&edge_settings::broadcast_key), forms::bearer_key,
           "bearer key of those who publish by HTTP; empty derives it from secret, and without both only public lets "
           "anyone publish; none asks for no key")
          .hide(secrecy::value),
      text("http_broadcast_path", field_of(&edge_settings::broadcast_path), forms::absolute_path,
           "where publications are posted to"),
      number("http_broadcast_port", field_of(&server_settings::broadcast_port), 0, 65'535, "",
             "TCP port for publications alone; 0 takes them on the main port"),
      list(
          "broadcast_adapter", field_of(&options::broadcast_adapters), forms::adapter, true,
          "what brings publications from the Redis of redis_url: redis is pub/sub on redis_channel, redisx the entries "
          "of redisx_stream, of which each goes to one node and is acknowledged once it is published; http is always "
          "there for those with the key; empty is http and, without broker redis, redis"),
      number("max_broadcast_size", field_of(&edge_settings::max_broadcast_size), 1, gibibyte, "bytes",
             "largest HTTP body or Redis message with publications; what exceeds max_pending_size can reach no client")
          .ours(),
      number("max_pending_broadcasts", field_of(&node_settings::max_pending_broadcasts), 1, 100'000'000, "",
             "broadcasts accepted and not yet on their way to every subscriber; beyond it HTTP answers 503 and Redis "
             "is not read")
          .ours(),
      number("max_pending_broadcast_bytes", field_of(&node_settings::max_pending_bytes), 1, std::uint64_t{1} << 40,
             "bytes", "the same bound in bytes of data")
          .ours(),
  };
}

std::vector<option> history_options() {
  return {
      choice("broker", field_of(&history_settings::broker),
             {{"auto", history_broker::automatic},
              {"memory", history_broker::memory},
              {"redis", history_broker::redis},
              {"none", history_broker::none}},
             "where the last publications of streams are kept, for clients that were away: memory keeps those of all "
             "streams and gives all clients positions; auto does so for clients of actioncable-v1-ext-json and the "
             "streams that they follow; redis is like memory, in the Redis of redis_url, which nodes share; none keeps "
             "nothing"),
      number("history_limit", field_of(&history_bounds::limit), 0, 1'000'000, "",
             "publications kept for one stream; 0 keeps none"),
      duration("history_ttl", field_of(&history_bounds::ttl), 0ms, 720h,
               "time that a publication is kept; 0 keeps none"),
      history_rules(
          "other bounds for streams by name, with semicolons between them: chat/*:limit=500,ttl=1h;typing/*:off; "
          "* stands for any text, and the first that fits counts")
          .ours(),
      number("history_max_size", field_of(&history_settings::max_bytes), 65'536, 1024 * gibibyte, "bytes",
             "what all kept publications may take together; beyond it those streams lose theirs that have had no new "
             "one for longest")
          .ours(),
      duration("history_position_ttl", field_of(&history_settings::position_ttl), 1s, 8760h,
               "time for which the position of a stream is known behind its last publication, so that a client that "
               "has them all is told so when it comes back")
          .ours(),
      number("history_max_positions", field_of(&history_settings::max_positions), 0, 100'000'000, "",
             "positions of streams without kept publications that are known; beyond it the oldest are forgotten, and "
             "clients are told that they may have missed something")
          .ours(),
      duration("history_dedupe", field_of(&history_settings::dedupe), 0ms, 24h,
               "time for which the id of a publication is known: with the same id again, it is not published again to "
               "the same stream; 0 gives ids no effect")
          .ours(),
      number("history_max_ids", field_of(&history_settings::max_ids), 0, 100'000'000, "",
             "ids of publications that are known; beyond it the oldest are forgotten")
          .ours(),
      duration("sessions_ttl", field_of(&session_settings::ttl), 0ms, 24h,
               "time for which a session is kept behind its connection: a client of actioncable-v1-ext-json, or of "
               "FlyRPC with positions, that comes back has it back without a call to the application, which is told of "
               "the disconnect only when the time is over; 0 turns it off"),
      number("sessions_max", field_of(&session_settings::max_kept), 1, 100'000'000, "",
             "sessions without a connection that are kept; beyond it the oldest end")
          .ours(),
      number("sessions_max_size", field_of(&session_settings::max_bytes), 65'536, 1024 * gibibyte, "bytes",
             "what these sessions may take together; beyond it the oldest end")
          .ours(),
      session_binding(
          "cookies by which a session is bound to its client, as in cookies=user_id: it comes back only with the same "
          "values; a cookie that the application writes anew, like that of a session in Rails, would refuse everybody")
          .ours(),
  };
}

std::vector<option> presence_options() {
  return {
      duration("presence_ttl", field_of(&presence_settings::ttl), 0ms, 1h,
               "time for which a client stays present after its connection has ended: one that comes back within it "
               "causes no event; 0 lets it leave at once"),
      number("presence_max_members", field_of(&presence_settings::max_members), 1, 1'000'000, "",
             "members of one stream; further clients are refused, and told so")
          .ours(),
      number("presence_max_info", field_of(&presence_settings::max_info), 1, 1'048'576, "bytes",
             "size of a member's id and info together; a join with more is refused")
          .ours(),
      text("api_secret", field_of(&edge_settings::api_key), forms::bearer_key,
           "bearer key of programs that call the API; empty derives it from secret; without both the API is off, or "
           "open with public; none asks for no key")
          .hide(secrecy::value),
      text("api_path", field_of(&edge_settings::api_path), forms::absolute_path,
           "path of the API, at the port of publications: /api has /api/publish, /api/presence/STREAM/users and "
           "/api/streams/STREAM/history"),
  };
}

std::vector<option> redis_options() {
  return {
      redis_address("Redis server that brings publications, or, with broker redis, server or Redis Cluster that keeps "
                    "the logs; empty uses none")
          .also_from("REDIS_URL")
          .hide(secrecy::url_login),
      text("redis_channel", field_of(&redis_endpoint::channel), forms::channel,
           "Redis channel that publications come on"),
      text("redisx_stream", field_of(&redis_stream_settings::key), forms::channel,
           "key of the Redis stream whose entries are publications, in the field payload; with broadcast_adapter "
           "redisx"),
      text("redisx_group", field_of(&redis_stream_settings::group), forms::channel,
           "consumer group of all nodes that read redisx_stream together"),
      milliseconds_or(
          "redisx_read_block_milliseconds", field_of(&redis_stream_settings::patience), 1ms, 1min,
          "time for which Redis holds a question for new entries of redisx_stream before it says that there "
          "is none; a bare number counts milliseconds"),
      duration("redisx_claim_after", field_of(&redis_stream_settings::claim_after), 100ms, 24h,
               "time after which an entry that a node has taken and not acknowledged is taken over by another; a node "
               "that is at work on it says so")
          .ours(),
      number("redisx_max_pending", field_of(&redis_stream_settings::max_pending), 1, 1'000'000, "",
             "entries of redisx_stream that this node has taken and not acknowledged; beyond it no more are taken")
          .ours(),
      flag("redis_tls_verify", field_of(&redis_tls::verify),
           "accept only a valid certificate of a Redis at rediss://; --redis-tls-verify=false takes any"),
      text("redis_tls_ca_cert_path", field_of(&redis_tls::ca_file), forms::file,
           "PEM file of the authorities whose certificates Redis may have; empty trusts the system's"),
      text("redis_tls_client_cert_path", field_of(&redis_tls::certificate_file), forms::file,
           "PEM file with the certificate that is shown to Redis, and its chain; with redis_tls_client_key_path"),
      text("redis_tls_client_key_path", field_of(&redis_tls::key_file), forms::file,
           "PEM file with the private key of redis_tls_client_cert_path"),
      list("redis_sentinels", field_of(&options::redis_sentinels), forms::endpoints, true,
           "Sentinels that are asked for the server, with commas between them; the host in redis_url is then the name "
           "of the master. With broker redis, or broadcast_adapter redisx"),
      text("redis_sentinel_password", field_of(&options::redis_sentinel_password), forms::secret,
           "password for the Sentinels; empty logs in to none of them")
          .ours()
          .hide(secrecy::value),
      text("redis_key_prefix", field_of(&redis_log_settings::prefix), forms::key_prefix,
           "beginning of the keys and channels in Redis with broker redis")
          .ours(),
      duration("redis_answer_timeout", field_of(&redis_pipeline_settings::answer_timeout), 100ms, 1h,
               "time in which Redis must answer with broker redis, or broadcast_adapter redisx; beyond it the "
               "connection is made anew, and "
               "publications wait as long again")
          .ours(),
      number("redis_max_pending_commands", field_of(&redis_pipeline_settings::max_commands), 1, 100'000'000, "",
             "commands to Redis without an answer yet, for each lane; beyond it HTTP answers 503")
          .ours(),
      number("redis_max_pending_size", field_of(&redis_pipeline_settings::max_bytes), 65'536, 1024 * gibibyte, "bytes",
             "the same bound in bytes")
          .ours(),
  };
}

// -- ways of publications ---

bool reads_redis_channel(const options& given) {
  const auto& adapters = given.broadcast_adapters;
  return names_redis(given.redis_url) && given.node.history.broker != history_broker::redis &&
         (adapters.empty() || std::ranges::count(adapters, "redis") > 0);
}

bool reads_redis_stream(const options& given) {
  return names_redis(given.redis_url) && std::ranges::count(given.broadcast_adapters, "redisx") > 0;
}

}  // namespace ability
