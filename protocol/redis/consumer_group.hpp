/// The commands of a consumer group of a Redis stream, and their answers.
/// Source: redis.io "Redis streams"; Redis 6.2 to 7.2.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/redis/redis_failure.hpp"
#include "protocol/redis/redis_value.hpp"

namespace ability {

/// The id of an entry: `TIME-NUMBER`. Later entries have higher ones.
struct redis_entry_id {
  std::uint64_t time = 0;  ///< milliseconds, of Redis' clock or of the publisher's choice
  std::uint64_t number = 0;

  friend auto operator<=>(const redis_entry_id&, const redis_entry_id&) = default;
};

std::string to_text(const redis_entry_id& id);

/// None: `text` is no id.
std::optional<redis_entry_id> read_entry_id(std::string_view text);

/// The highest id below `id`; 0-0 has none and stays.
redis_entry_id before(const redis_entry_id& id) noexcept;

/// An entry, as a consumer takes it.
struct redis_entry {
  enum class content : std::uint8_t {
    payload,     ///< the field `payload` is there
    gone,        ///< the entry was deleted before it was read
    no_payload,  ///< it has no such field
    too_large,   ///< the field was longer than wanted, and is left out
  };

  redis_entry_id id = {};
  content what = content::payload;
  std::string payload = {};
};

/// The names of a consumer.
struct redis_consumer {
  std::string stream;  ///< key
  std::string group;
  std::string name;
};

/// Makes the stream and its group, from the first entry on, so that what came before the group is read, too.
std::string create_group_command(const redis_consumer& who);

/// Takes new entries; waits for one for `patience`.
std::string read_new_command(const redis_consumer& who, std::size_t count, std::chrono::milliseconds patience);

/// Reads entries behind `behind` that were taken and not acknowledged, again.
std::string read_own_command(const redis_consumer& who, std::size_t count, const redis_entry_id& behind);

std::string acknowledge_command(const redis_consumer& who, std::span<const redis_entry_id> ids);

/// Deletes entries from the stream.
std::string delete_command(const redis_consumer& who, std::span<const redis_entry_id> ids);

/// Marks entries as being worked on, so that no other consumer takes them over.
std::string keep_command(const redis_consumer& who, std::span<const redis_entry_id> ids);

/// Takes over entries from `from` on that nobody has worked on for `idle`.
std::string claim_command(const redis_consumer& who, std::size_t count, std::chrono::milliseconds idle,
                          const redis_entry_id& from);

/// Asks for the id of the first entry behind `behind` that was taken and not acknowledged.
std::string first_own_command(const redis_consumer& who, const redis_entry_id& behind);

/// Ends the consumer. Entries that it has not acknowledged go to the consumer `ability-left`, from which they may be
/// claimed at once. Removes those consumers of the group, too, that have nothing to acknowledge and have been silent
/// for an hour: they have crashed.
std::string leave_command(const redis_consumer& who);

/// Entries in the answer to a reading; none if the time was over. A payload of more than `longest` bytes is left out,
/// and so is one whose text is nil.
redis_result<std::vector<redis_entry>> read_taken(redis_value& answer, std::size_t longest);

/// Entries that were taken over.
struct redis_claimed {
  redis_entry_id next = {};  ///< where to go on; 0-0: all were looked at
  std::vector<redis_entry_id> ids = {};
  std::size_t gone = 0;  ///< entries that were deleted before they were acknowledged; nobody has them any more
};

redis_result<redis_claimed> read_claimed(const redis_value& answer);

/// The id in the answer to `first_own_command`; none: there is none, or the answer is of another form.
std::optional<redis_entry_id> read_first_own(const redis_value& answer);

/// True if the stream or its group is not there.
bool lacks_group(const redis_value& answer) noexcept;

/// True if the group was made, or was there.
bool has_group(const redis_value& answer) noexcept;

}  // namespace ability
