#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "apps/abilityctl/cli/argument_errors.hpp"
#include "apps/abilityctl/cli/http_post.hpp"
#include "apps/abilityctl/cli/secret_option.hpp"
#include "apps/abilityctl/cli/subcommands.hpp"
#include "protocol/auth/secret.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"

namespace ability {
namespace {

struct publish_options {
  explicit publish_options(CLI::App& command) : secret{command, {"ABILITY_SECRET", "ANYCABLE_SECRET"}} {
    command.add_option("STREAM", stream, "The stream that it is for")->type_name("")->required();
    command
        .add_option("DATA", data,
                    "The message, any text; JSON reaches clients as the JSON it is; - takes it from standard input")
        ->type_name("")
        ->required();
    command.add_option("--url", order.url, "Where the daemon takes publications")
        ->type_name("URL")
        ->envname("ABILITY_HTTP_BROADCAST_URL")
        ->capture_default_str();
    command
        .add_option(
            "--key", order.bearer_key,
            "The daemon's broadcast key, or for .../api/publish its API secret, if it was given one. Other users "
            "of the machine can see it here; better set ABILITY_BROADCAST_KEY, or ABILITY_API_SECRET")
        ->type_name("TEXT");
    command.add_option("--exclude-socket", excluded, "Session (sid) of the one client that does not get it")
        ->type_name("SID");
    command.add_option("--type", type, "Becomes the type of the client's message")->type_name("TEXT");
    command.add_option("--id", id, "Id of the message: with it a second time, it is not published again")
        ->type_name("TEXT");
    command.add_option("--ca", order.ca_file, "PEM file of the authorities to trust instead of the system's")
        ->type_name("FILE");
    command.add_option("--timeout", timeout, "Seconds until the daemon must have answered")
        ->type_name("SECONDS")
        ->check(number_within(0.001, 86'400, "seconds"))
        ->capture_default_str();
  }

  secret_option secret;
  std::string stream;
  std::string data;
  std::string excluded;
  std::string type;
  std::string id;
  double timeout = 10;
  post_order order{.url = "http://localhost:8080/_broadcast"};
};

// Body of a publication: {"stream":"…","data":"…","meta":{…}}
std::string publication_of(const publish_options& given, const std::string& data) {
  std::string body = R"({"stream":)";
  append_json_string(body, given.stream);
  body += R"(,"data":)";
  append_json_string(body, data);
  body += R"(,"meta":{)";
  const char* before = "";
  for (const auto& [key, value] :
       {std::pair{"exclude_socket", given.excluded}, {"broadcast_type", given.type}, {"id", given.id}}) {
    if (value.empty())
      continue;
    body.append(before).append("\"").append(key).append("\":");
    append_json_string(body, value);
    before = ",";
  }
  return body + "}}";
}

bool fits_header(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

std::string without_newline(std::string text) {
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

// The key that a place takes.
struct key_kind {
  const char* variable;  // of the daemon, too
  std::string_view purpose;
};

// The API takes another key than the path of publications.
key_kind key_for(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return url.ends_with("/api/publish") ? key_kind{"ABILITY_API_SECRET", api_key_purpose}
                                       : key_kind{"ABILITY_BROADCAST_KEY", broadcast_key_purpose};
}

// The key that was given, else that of the environment, else the one derived from the secret; empty: none.
std::string bearer_key_of(const publish_options& given, const key_kind& kind) {
  if (!given.order.bearer_key.empty())
    return given.order.bearer_key;
  if (const auto* found = std::getenv(kind.variable); found != nullptr && *found != '\0')
    return found;
  const auto secret = given.secret.value();
  return secret.empty() ? secret : derive_key(secret, kind.purpose);
}

ctl_result publish(const publish_options& given) {
  auto data = given.data;
  if (data == "-")
    data = without_newline({std::istreambuf_iterator<char>{std::cin}, {}});
  if (given.stream.empty() || !is_utf8(given.stream))
    return wrong_usage("the name of a stream must be UTF-8 and not empty.");
  if (!is_utf8(data))
    return wrong_usage("the message must be UTF-8.");
  auto order = given.order;
  const auto kind = key_for(order.url);
  order.bearer_key = bearer_key_of(given, kind);
  if (!std::ranges::all_of(order.bearer_key, fits_header))
    return wrong_usage(std::string{"--key, or "} + kind.variable +
                       ", must have no line breaks or other control characters.");
  order.body = publication_of(given, data);
  order.timeout = std::chrono::milliseconds{static_cast<std::int64_t>(given.timeout * 1'000)};
  const auto answer = post(order);
  if (!answer)
    return {.exit_code = 1, .out = {}, .err = ended(answer.error())};
  if (answer->status == 201)
    return {.exit_code = 0,
            .out = "published to " + given.stream + (answer->position.empty() ? "" : " at " + answer->position) + "\n",
            .err = {}};
  auto why = "the daemon refused it: " + std::to_string(answer->status) + " " + without_newline(answer->body);
  if (answer->status == 401)
    why += std::string{"; set "} + kind.variable + " or ABILITY_SECRET as for the daemon";
  if (answer->status == 404 || answer->status == 405)
    why +=
        "; check --url: the path is the daemon's --http-broadcast-path, or --api-path and /publish, the port its "
        "--http-broadcast-port if it has one";
  return {.exit_code = 1, .out = {}, .err = ended(why)};
}

}  // namespace

void add_publish(CLI::App& app, ctl_result& to) {
  auto* command = app.add_subcommand("publish", "Publish a message to a stream");
  auto given = std::make_shared<publish_options>(*command);
  command->footer(R"(Examples:
  abilityctl publish news '{"text":"hello"}'
      To a daemon at localhost:8080 that runs with --public.
  ABILITY_SECRET=... abilityctl publish --url https://cable.example.com/_broadcast news 'plain text'
      To one that was started with the same ABILITY_SECRET. A URL that ends in /api/publish takes the key of the API.
  abilityctl publish news --id order-1 '{"text":"hello"}'
      Once, however often it is called. If the stream keeps a log, the place in it is printed.)");
  command->callback([given, &to] { to = publish(*given); });
}

}  // namespace ability
