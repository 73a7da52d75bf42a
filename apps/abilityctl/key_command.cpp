#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "apps/abilityctl/cli/secret_option.hpp"
#include "apps/abilityctl/cli/subcommands.hpp"
#include "protocol/auth/secret.hpp"

namespace ability {
namespace {

struct named_purpose {
  std::string_view name;
  std::string_view purpose;
};

constexpr std::array purposes{named_purpose{"broadcast", broadcast_key_purpose}, named_purpose{"api", api_key_purpose},
                              named_purpose{"rpc", rpc_key_purpose}, named_purpose{"fly-rpc", fly_rpc_key_purpose},
                              named_purpose{"cluster", cluster_key_purpose}};

struct key_options {
  explicit key_options(CLI::App& command) : secret{command, {"ABILITY_SECRET", "ANYCABLE_SECRET"}} {
    command
        .add_option(
            "PURPOSE", purpose,
            "broadcast: what publishers send as bearer key; api: what programs send as bearer key to the API; rpc: "
            "what the daemon sends an HTTP application as bearer key; fly-rpc: what it shares with FlyRPC backends; "
            "cluster: what nodes share")
        ->type_name("")
        ->required();
  }

  secret_option secret;
  std::string purpose;
};

ctl_result key(const key_options& given) {
  const auto* const found = std::ranges::find(purposes, given.purpose, &named_purpose::name);
  if (found == purposes.end())
    return wrong_usage("the purpose of a key must be broadcast, api, rpc, fly-rpc or cluster.");
  const auto secret = given.secret.value();
  if (secret.empty())
    return wrong_usage(given.secret.missing());
  return {.exit_code = 0, .out = derive_key(secret, found->purpose) + "\n", .err = {}};
}

}  // namespace

void add_key(CLI::App& app, ctl_result& to) {
  auto* command = app.add_subcommand("key", "Print a key that abilityd derives from its secret");
  auto given = std::make_shared<key_options>(*command);
  command->footer(R"(A key is the HMAC-SHA256 of a name with the secret, in hexadecimal; for broadcast:
  printf broadcast-cable | openssl dgst -sha256 -hmac "$ABILITY_SECRET"
The names are broadcast-cable, api-cable, rpc-cable, fly-rpc and cluster. Tokens and signed streams take the secret as
it is.

Example:
  ABILITY_SECRET=... abilityctl key broadcast
      The bearer key for POST /_broadcast of a daemon with the same ABILITY_SECRET and no ABILITY_BROADCAST_KEY.)");
  command->callback([given, &to] { to = key(*given); });
}

}  // namespace ability
