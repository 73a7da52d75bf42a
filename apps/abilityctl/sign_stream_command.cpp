#include <memory>

#include "apps/abilityctl/cli/secret_option.hpp"
#include "apps/abilityctl/cli/subcommands.hpp"
#include "protocol/auth/signed_stream.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

struct sign_stream_options {
  explicit sign_stream_options(CLI::App& command)
      : secret{command, {"ABILITY_STREAMS_SECRET", "ANYCABLE_STREAMS_SECRET", "ABILITY_SECRET", "ANYCABLE_SECRET"}} {}

  secret_option secret;
  std::string name;
};

ctl_result sign(const sign_stream_options& given) {
  if (given.name.empty() || !is_utf8(given.name))
    return wrong_usage("the name of a stream must be UTF-8 and not empty.");
  const auto secret = given.secret.value();
  if (secret.empty())
    return wrong_usage(given.secret.missing());
  return {.exit_code = 0, .out = sign_stream(given.name, secret) + "\n", .err = {}};
}

}  // namespace

void add_sign_stream(CLI::App& app, ctl_result& to) {
  auto* command = app.add_subcommand("sign-stream", "Print a signed name by which a client may follow a stream");
  auto given = std::make_shared<sign_stream_options>(*command);
  command->add_option("NAME", given->name, "The name of the stream")->type_name("")->required();
  command->footer(R"(Example:
  ABILITY_STREAMS_SECRET=... abilityctl sign-stream chat/1
      A client follows chat/1 by the identifier {"channel":"$pubsub","signed_stream_name":"SIGNED"}.)");
  command->callback([given, &to] { to = sign(*given); });
}

}  // namespace ability
