#include "protocol/action_cable/messages.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/text/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  const auto command = decode_command(text);
  if (!command) {
    hold(is_utf8(command.error().detail), "a detail can be shown");
    hold(command.error().detail.size() < 512, "a detail is short");
    return 0;
  }
  hold(validate_json(text).has_value(), "a command is JSON");
  const bool bare = command->type == command_type::ping || command->type == command_type::pong;
  hold(bare == command->identifier.empty(), "a subscription is named where one is meant");
  hold(is_utf8(command->identifier) && is_utf8(command->data), "strings are UTF-8");
  if (command->presence != nullptr) {
    hold(is_utf8(command->presence->id), "an id is UTF-8");
    hold(command->presence->info.empty() || validate_json(command->presence->info), "an info is JSON");
  }
  hold(validate_json(confirm_subscription(command->identifier)).has_value(), "an answer is JSON");
  return 0;
}
