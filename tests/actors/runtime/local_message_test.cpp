#define CAF_SUITE local_message
// The mark of messages that stay in the process.
#include "actors/local_message.hpp"

#include <caf/test/unit_test.hpp>
#include <string>

#include "actors/stream/messages.hpp"

namespace {

struct unmarked {
  std::string text;
};

}  // namespace

CAF_TEST(a struct with the mark may be sent and one without it may not ) {
  CAF_CHECK(caf::is_allowed_unsafe_message_type<ability::subscribe>::value);
  CAF_CHECK(caf::is_allowed_unsafe_message_type<const ability::flush_stream&>::value);
  CAF_CHECK(!caf::is_allowed_unsafe_message_type<unmarked>::value);
  CAF_CHECK(!caf::is_allowed_unsafe_message_type<ability::stream_page::entry>::value);
}
