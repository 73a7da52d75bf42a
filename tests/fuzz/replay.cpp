// Runs a fuzz target over the files of a folder, and over every prefix of each.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

using bytes = std::vector<std::uint8_t>;

bytes content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void run(const bytes& whole, std::size_t size) {
  // A separate allocation, so that a sanitizer detects reading past the end.
  const bytes input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::error_code error;
  std::size_t files = 0;
  std::size_t inputs = 0;
  for (const auto& item : std::filesystem::directory_iterator{argv[1], error}) {
    if (!item.is_regular_file()) {
      continue;
    }
    const auto whole = content_of(item.path());
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      run(whole, size);
      ++inputs;
    }
    ++files;
  }
  if (error || files == 0) {
    std::fprintf(stderr, "no corpus in %s\n", argv[1]);
    return 1;
  }
  std::printf("%zu files, %zu inputs\n", files, inputs);
  return 0;
}
