// Factories of options, one per type of value: conversion, range, and the texts for both.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/option.hpp"
#include "config/option_field.hpp"
#include "config/text_forms.hpp"

namespace ability {

inline constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

/// Parses an unsigned whole number; empty if `text` is anything else or too large.
std::optional<std::uint64_t> to_number(std::string_view text);

/// Parses a number of bytes, optionally with a unit of 1024, 1024^2 or 1024^3 bytes: `64k`, `64kb`, `1MiB`, `2g`.
std::optional<std::uint64_t> to_size(std::string_view text);

/// Parses `10` (seconds), `500ms`, `10s`, `5m` or `1h`; empty if `text` is anything else or too large.
std::optional<std::chrono::milliseconds> to_duration(std::string_view text);

/// The shortest text that `to_duration` reads back.
std::string from_duration(std::chrono::milliseconds value);

/// Parses `true`, `t`, `1`, `yes`, `on`, or their opposites, case-insensitively; empty if `text` is anything else.
std::optional<bool> to_flag(std::string_view text);

/// `text` with its ASCII letters in lower case.
std::string lower_case(std::string_view text);

/// Splits `text` at commas and trims spaces around the parts; a blank text has no parts.
std::vector<std::string> split_list(std::string_view text);

/// Base of the other factories: `set` gets exactly one text and returns false to refuse it with "must be `allowed`".
option make_option(std::string name, value_type type, std::string placeholder, std::string allowed, std::string help,
                   std::function<bool(options&, const std::string&)> set,
                   std::function<std::string(const options&)> get);

/// A text of the given form.
option text(std::string name, const field<std::string>& where, const text_form& form, std::string help);

/// Texts of the given form, separated by commas or, in the file, an array.
option list(std::string name, const field<std::vector<std::string>>& where, const text_form& form, bool may_be_empty,
            std::string help);

/// A boolean.
option flag(std::string name, const field<bool>& where, std::string help);

/// A duration from `min` to `max`.
option duration(std::string name, const field<std::chrono::milliseconds>& where, std::chrono::milliseconds min,
                std::chrono::milliseconds max, std::string help);

/// A duration like `duration`, except that a bare number counts milliseconds, as in AnyCable.
option milliseconds_or(std::string name, const field<std::chrono::milliseconds>& where, std::chrono::milliseconds min,
                       std::chrono::milliseconds max, std::string help);

/// A duration in whole seconds, at most `max`.
template <class Duration>
option whole_seconds(std::string name, const field<Duration>& where, std::chrono::seconds max, std::string help) {
  return make_option(
      std::move(name), value_type::number, "SECONDS",
      "a whole number of seconds from 0 to " + std::to_string(max.count()), std::move(help),
      [=](options& o, const std::string& value) {
        auto parsed = to_number(value);
        if (!parsed || *parsed > static_cast<std::uint64_t>(max.count()))
          return false;
        where.write(o) = std::chrono::seconds{*parsed};
        return true;
      },
      [=](const options& o) {
        return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(where.read(o)).count());
      });
}

/// A whole number from `min` to `max`; `unit` is a plural, or empty. Numbers of `bytes` accept a unit such as kb.
template <class T>
option number(std::string name, const field<T>& where, std::uint64_t min, std::uint64_t max, const std::string& unit,
              std::string help) {
  const bool is_size = unit == "bytes";
  auto allowed = "a whole number " +
                 (unit.empty() ? unit : "of " + unit + (is_size ? ", or with kb, mb or gb, " : " ")) + "from " +
                 std::to_string(min) + " to " + std::to_string(max);
  return make_option(
      std::move(name), value_type::number, unit.empty() ? "N" : "BYTES", allowed, std::move(help),
      [=](options& o, const std::string& value) {
        auto parsed = is_size ? to_size(value) : to_number(value);
        if (!parsed || *parsed < min || *parsed > max)
          return false;
        where.write(o) = static_cast<T>(*parsed);
        return true;
      },
      [=](const options& o) { return std::to_string(where.read(o)); });
}

/// One of several words, case-insensitive.
template <class T>
option choice(std::string name, const field<T>& where, std::vector<std::pair<std::string, T>> words, std::string help) {
  std::string allowed, placeholder;
  for (std::size_t i = 0; i < words.size(); ++i) {
    allowed += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i].first;
    placeholder += (i == 0 ? "" : "|") + words[i].first;
  }
  return make_option(
      std::move(name), value_type::text, placeholder, allowed, std::move(help),
      [=](options& o, const std::string& value) {
        const auto lower = lower_case(value);
        auto word = std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.first == lower; });
        if (word != words.end())
          where.write(o) = word->second;
        return word != words.end();
      },
      [=](const options& o) {
        return std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.second == where.read(o); })
            ->first;
      });
}

}  // namespace ability
