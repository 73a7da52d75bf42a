#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/cli/secret_option.hpp"
#include "apps/abilityctl/cli/subcommands.hpp"
#include "protocol/auth/jwt.hpp"
#include "protocol/json/json_text.hpp"

namespace ability {
namespace {

constexpr std::int64_t max_ttl = 1'000'000'000;  // seconds, over 30 years

struct token_options {
  explicit token_options(CLI::App& command)
      : secret{command, {"ABILITY_JWT_SECRET", "ANYCABLE_JWT_SECRET", "ABILITY_SECRET", "ANYCABLE_SECRET"}} {}

  secret_option secret;
  std::string identity;
  std::int64_t ttl = 3600;
};

ctl_result token(const token_options& given) {
  if (auto json = validate_json(given.identity); !json)
    return wrong_usage("the identity must be JSON, such as '{\"user_id\":1}' in single quotes.");
  const auto secret = given.secret.value();
  if (secret.empty())
    return wrong_usage(given.secret.missing());
  std::optional<std::int64_t> expires;
  if (given.ttl > 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    expires = std::chrono::duration_cast<std::chrono::seconds>(now).count() + given.ttl;
  }
  const auto made = make_token(given.identity, expires, secret);
  if (!made)
    return wrong_usage(made.error().detail + ".");
  return {.exit_code = 0, .out = *made + "\n", .err = {}};
}

}  // namespace

void add_token(CLI::App& app, ctl_result& to) {
  auto* command = app.add_subcommand("token", "Print a token (JWT) by which a client may connect");
  auto given = std::make_shared<token_options>(*command);
  command->add_option("--ttl", given->ttl, "Seconds from now that it is valid for; 0 = for ever")
      ->type_name("SECONDS")
      ->transform(whole_within(0, max_ttl, "seconds"))
      ->capture_default_str();
  command->add_option("IDENTITY_JSON", given->identity, "Who the client is, as JSON; the application reads it back")
      ->type_name("")
      ->required();
  command->footer(R"(Example:
  ABILITY_JWT_SECRET=... abilityctl token --ttl 600 '{"user_id":1}'
      A client that connects to ws://localhost:8080/cable?jid=TOKEN within ten minutes is user 1.)");
  command->callback([given, &to] { to = token(*given); });
}

}  // namespace ability
