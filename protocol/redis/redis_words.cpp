#include "protocol/redis/redis_words.hpp"

#include <array>
#include <charconv>

namespace ability {

namespace {

constexpr std::size_t longest_number = 20;  // digits of 64 bits
constexpr std::size_t frame_of_word = 16;   // bytes beside a word; most often enough

void append_number(std::string& to, std::uint64_t number) {
  std::array<char, longest_number> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  to.append(digits.data(), end);
}

}  // namespace

redis_words::redis_words(std::size_t count, std::size_t bytes) {
  text_.reserve(bytes + (count + 1) * frame_of_word);
  text_ += '*';
  append_number(text_, count);
  text_ += "\r\n";
}

redis_words& redis_words::add(std::string_view word) {
  text_ += '$';
  append_number(text_, word.size());
  text_.append("\r\n").append(word).append("\r\n");
  return *this;
}

redis_words& redis_words::add(std::uint64_t number) {
  std::string digits;
  append_number(digits, number);
  return add(digits);
}

std::string redis_command(std::initializer_list<std::string_view> words) {
  redis_words command{words.size()};
  for (const auto word : words)
    command.add(word);
  return command.take();
}

}  // namespace ability
