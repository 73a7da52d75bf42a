#include <string>
#include <string_view>

#include "protocol/redis_sessions/packed_fields.hpp"
#include "protocol/redis_sessions/session_answers.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ability;

namespace {

// The fields with their sum, so that those behind it are read, too.
std::string with_sum(std::string_view fields) {
  std::uint64_t sum = 0xCBF29CE484222325;
  for (const char each : fields)
    sum = (sum ^ static_cast<unsigned char>(each)) * 0x100000001B3;
  std::string bytes{fields};
  for (int i = 0; i < 8; ++i, sum >>= 8U)
    bytes.push_back(static_cast<char>(sum & 0xFFU));
  return bytes;
}

// Each line is a text of the list; those behind an empty one are of a list in it.
redis_value as_list(std::string_view lines) {
  redis_value outer{.what = redis_value::kind::list};
  redis_value inner{.what = redis_value::kind::list};
  bool is_inner = false;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.empty())
      is_inner = true;
    else
      (is_inner ? inner : outer).items.push_back({.what = redis_value::kind::text, .text = std::string{line}});
  }
  if (is_inner)
    outer.items.push_back(std::move(inner));
  return outer;
}

}  // namespace

/// Input: fields of a session, and the lines of an answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = as_text(data, size);
  packed_reader raw{bytes};
  while (raw.is_good() && !raw.is_done())
    raw.text();
  const auto sealed = with_sum(bytes);
  packed_reader from{sealed};
  hold(from.is_good(), "the sum is that of the fields");
  std::size_t read = 0;
  for (int turn = 0; from.is_good() && !from.is_done(); ++turn) {
    switch (turn % 4) {
      case 0:
        read += from.text().size();
        break;
      case 1:
        from.number();
        break;
      case 2:
        from.flag();
        break;
      default:
        hold(from.count() <= size, "no count exceeds what is there");
    }
  }
  hold(read <= size, "no text exceeds what is there");
  const auto answer = as_list(bytes);
  if (const auto reaped = read_reaped(answer); const auto* due = std::get_if<sessions_reaped>(&reaped))
    hold(2 * due->owed.size() == answer.items[1].items.size(), "each session has a sid and a body");
  if (const auto found = read_found(answer); const auto* known = std::get_if<session_found>(&found))
    hold(known->body.empty() || known->what == session_found::outcome::found, "only what was found has a body");
  read_done(answer);
  read_shared(answer);
  read_ended(answer);
  return 0;
}
