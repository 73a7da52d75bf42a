// Figures in human-readable form.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ability {

/// Text for an unknown figure.
inline constexpr const char* unknown_figure = "-";

/// `512 B`, `1.2 KiB`, `81 MiB`: up to three significant digits.
std::string human_bytes(double bytes);

/// `7`, `950`, `1.23k`, `15.0k`, `1.20M`: for rates, where the last digits are noise.
std::string human_number(double value);

/// `0.4 s`, `12 s`, `3m 04s`, `2h 05m`, `3d 4h`.
std::string human_seconds(double seconds);

/// `0.42 ms`, `12 ms`, `1.2 s`.
std::string human_milliseconds(double milliseconds);

/// `5 s`, `0.25 s`: without rounding.
std::string human_timeout(std::chrono::milliseconds time);

/// The local time of day, `14:02:11`, of milliseconds since 1970.
std::string human_clock(std::int64_t epoch_ms);

}  // namespace ability
