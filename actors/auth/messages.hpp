/// The messages of token keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/local_message.hpp"
#include "protocol/auth/jwt.hpp"
#include "protocol/result.hpp"

namespace ability {

struct key_set_place;

/// Use these keys, and those fetched from `place`, from now on.
struct use_token_keys {
  using local_message = void;
  std::shared_ptr<const token_keys> fixed;
  std::shared_ptr<const key_set_place> place;  ///< null: nothing is fetched
  std::chrono::milliseconds refresh;           ///< interval between two fetches
};

/// A token names a key that is not known.
struct find_token_key {
  using local_message = void;
};

/// All known keys.
struct token_keys_found {
  using local_message = void;
  std::shared_ptr<const token_keys> keys;
  bool certain;  ///< false: no key set was fetched yet, so a key that is missing here may still exist
};

/// An attempt to fetch a key set has ended.
struct key_set_fetched {
  using local_message = void;
  std::uint64_t attempt;
  std::shared_ptr<const result<std::string>> text;
};

/// The next fetch is due, unless another attempt has begun since `attempt`.
struct key_set_due {
  using local_message = void;
  std::uint64_t attempt;
};

}  // namespace ability
